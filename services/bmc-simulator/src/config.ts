import {
  address,
  BadValue,
  choice,
  defineSettings,
  filePath,
  flag,
  integer,
  list,
  type Settings,
  type SettingsOf,
  secret,
  text,
} from '@consolemesh/config';
import { SECURITY_NAMES, type SecurityName } from '@consolemesh/rfb';
import { parseUsers } from './idrac/bmc/parse-users.ts';
import { type IdracMisbehaviour, parseIdracMisbehaviour } from './idrac/misbehaviour.ts';
import { type IdracVncMisbehaviour, parseIdracVncMisbehaviour } from './idrac/vnc/misbehaviour.ts';
import { type IpmiMisbehaviour, parseIpmiMisbehaviour } from './ipmi/misbehaviour.ts';
import { type OpenbmcMisbehaviour, parseOpenbmcMisbehaviour } from './openbmc/misbehaviour.ts';
import { parseSshMisbehaviour, type SshMisbehaviour } from './ssh/misbehaviour.ts';
import { type Misbehaviour, parseMisbehaviour } from './vnc/misbehaviour.ts';

const shape = {
  kind: choice({
    env: 'CONSOLEMESH_SIMULATOR_KIND',
    choices: ['vnc', 'idrac', 'ipmi', 'openbmc'],
    default: 'vnc',
    doc: 'What its BMC is: a VNC server alone, an iDRAC with WS-MAN, Redfish and a VNC server that they configure, IPMI with the serial line alone, or an OpenBMC with Redfish and serial consoles as WebSockets.',
  }),
  name: text({
    env: 'CONSOLEMESH_SIMULATOR_NAME',
    default: 'node-01',
    pattern: /[A-Za-z0-9][A-Za-z0-9.-]{0,62}/,
    expects: 'a host name',
    doc: 'Name of the simulated server; also its host name and its desktop name.',
  }),
  seed: text({
    env: 'CONSOLEMESH_SIMULATOR_SEED',
    optional: true,
    doc: 'Decides serial number, processors, memory, disks and adapters. Unset: the name.',
  }),
  listen: address({
    env: 'CONSOLEMESH_SIMULATOR_LISTEN',
    default: '127.0.0.1:5900',
    doc: 'Where its VNC server listens; port 0 = a free one.',
  }),
  password: secret({
    env: 'CONSOLEMESH_SIMULATOR_PASSWORD',
    optional: true,
    inlineAllowed: false,
    doc: 'VNC password; its first eight characters count. Unset: nobody is asked.',
  }),
  security: list({
    env: 'CONSOLEMESH_SIMULATOR_SECURITY',
    optional: true,
    item: securityName,
    doc: `Security types offered, best first: ${SECURITY_NAMES.join(', ')}. Unset: VNC with a password, None without.`,
  }),
  tlsFirst: flag({
    env: 'CONSOLEMESH_SIMULATOR_TLS_FIRST',
    default: false,
    doc: 'TLS from the first byte, as an iDRAC does it.',
  }),
  certificate: filePath({
    env: 'CONSOLEMESH_SIMULATOR_TLS_CERTIFICATE_FILE',
    optional: true,
    mustBe: 'file',
    doc: 'PEM of its certificate, for TLS from the first byte, the X509 security types and an iDRAC. Unset: an iDRAC makes one.',
  }),
  certificateKey: filePath({
    env: 'CONSOLEMESH_SIMULATOR_TLS_KEY_FILE',
    optional: true,
    mustBe: 'file',
    doc: 'PEM of its key.',
  }),
  maxSessions: integer({
    env: 'CONSOLEMESH_SIMULATOR_MAX_SESSIONS',
    default: 8,
    min: 1,
    max: 64,
    doc: 'Viewers at one time; further ones are refused with a reason.',
  }),
  misbehave: list({
    env: 'CONSOLEMESH_SIMULATOR_MISBEHAVE',
    optional: true,
    item: (word: string): Misbehaviour => parsed(() => parseMisbehaviour([word])),
    doc: 'How its VNC server misbehaves, from the first table below: `slow-banner=3000,die-after=5000`.',
  }),
  stage: choice({
    env: 'CONSOLEMESH_SIMULATOR_STAGE',
    choices: ['off', 'post', 'console'],
    default: 'post',
    doc: 'What it is doing at first: powered off, just powered on, or long up.',
  }),
  idracListen: address({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_LISTEN',
    default: '127.0.0.1:8443',
    doc: 'iDRAC: where WS-MAN and Redfish listen, by HTTPS; port 0 = a free one. Its VNC server listens at the same address.',
  }),
  idracVncPort: integer({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_VNC_PORT',
    default: 5901,
    min: 0,
    max: 65_535,
    doc: 'iDRAC: the first value of VNCServer.1#Port, from 1024 on; 0 = a free one.',
  }),
  idracUsers: secret({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_USERS',
    optional: true,
    inlineAllowed: false,
    expects: 'one user a line, name:privilege:password',
    check: (text) => void parsed(() => parseUsers(text)),
    doc: 'iDRAC: its users, one a line: `root:administrator:password`; privileges are administrator, operator and readonly. Unset: root with the password calvin.',
  }),
  idracGeneration: choice({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_GENERATION',
    choices: ['8', '9'],
    default: '9',
    doc: 'iDRAC: 8 has one viewer, 16 bits a pixel and the older paths of Redfish.',
  }),
  idracMisbehave: list({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_MISBEHAVE',
    optional: true,
    item: (word: string): IdracMisbehaviour => parsed(() => parseIdracMisbehaviour([word])),
    doc: 'iDRAC: how WS-MAN and Redfish misbehave, from the second table below: `slow=3000,lockdown`.',
  }),
  idracVncMisbehave: list({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_VNC_MISBEHAVE',
    optional: true,
    item: (word: string): IdracVncMisbehaviour => parsed(() => parseIdracVncMisbehaviour([word])),
    doc: 'iDRAC: how its VNC server misbehaves, from the third table below: `late=2000,wedge`.',
  }),
  idracScreen: address({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_SCREEN',
    optional: true,
    doc: 'iDRAC: a VNC server whose screen it shows, and which gets keys and pointer, such as that of a QEMU machine. Unset: the simulated machine.',
  }),
  idracScreenPassword: secret({
    env: 'CONSOLEMESH_SIMULATOR_IDRAC_SCREEN_PASSWORD',
    optional: true,
    inlineAllowed: false,
    doc: 'iDRAC: the password of that VNC server.',
  }),
  ipmiListen: address({
    env: 'CONSOLEMESH_SIMULATOR_IPMI_LISTEN',
    optional: true,
    doc: 'Where IPMI listens (UDP), with SOL of the serial line: a further face of any kind; port 0 = a free one. Unset: 127.0.0.1:6230 for the kind ipmi, nowhere for the others.',
  }),
  ipmiUsers: secret({
    env: 'CONSOLEMESH_SIMULATOR_IPMI_USERS',
    optional: true,
    inlineAllowed: false,
    expects: 'one user a line, name:privilege:password',
    check: (text) => void parsed(() => parseUsers(text)),
    doc: 'IPMI: its users, written as those of an iDRAC, which has its own instead. Unset: root with the password calvin.',
  }),
  ipmiKg: secret({
    env: 'CONSOLEMESH_SIMULATOR_IPMI_KG',
    optional: true,
    inlineAllowed: false,
    expects: '20 characters at most',
    check(kg) {
      if (Buffer.byteLength(kg) > 20) throw new BadValue('expected 20 characters at most');
    },
    doc: 'IPMI: the BMC key K_g. Unset: none.',
  }),
  ipmiMisbehave: list({
    env: 'CONSOLEMESH_SIMULATOR_IPMI_MISBEHAVE',
    optional: true,
    item: (word: string): IpmiMisbehaviour => parsed(() => parseIpmiMisbehaviour([word])),
    doc: 'IPMI: how it misbehaves, from the fourth table below: `drop=5,partial=3`.',
  }),
  openbmcListen: address({
    env: 'CONSOLEMESH_SIMULATOR_OPENBMC_LISTEN',
    default: '127.0.0.1:8443',
    doc: 'OpenBMC: where Redfish and the consoles listen, by HTTPS; port 0 = a free one.',
  }),
  openbmcUsers: secret({
    env: 'CONSOLEMESH_SIMULATOR_OPENBMC_USERS',
    optional: true,
    inlineAllowed: false,
    expects: 'one user a line, name:privilege:password',
    check: (text) => void parsed(() => parseUsers(text)),
    doc: 'OpenBMC: its users, written as those of an iDRAC; administrators may use the console. Unset: root with the password 0penBmc.',
  }),
  openbmcSystems: integer({
    env: 'CONSOLEMESH_SIMULATOR_OPENBMC_SYSTEMS',
    default: 1,
    min: 1,
    max: 16,
    doc: 'OpenBMC: servers behind it, each with a console of its own.',
  }),
  openbmcMisbehave: list({
    env: 'CONSOLEMESH_SIMULATOR_OPENBMC_MISBEHAVE',
    optional: true,
    item: (word: string): OpenbmcMisbehaviour => parsed(() => parseOpenbmcMisbehaviour([word])),
    doc: 'OpenBMC: how its HTTPS side misbehaves, from the fifth table below: `untold,die-after=5000`.',
  }),
  sshListen: address({
    env: 'CONSOLEMESH_SIMULATOR_SSH_LISTEN',
    optional: true,
    doc: 'iDRAC and OpenBMC: where an SSH server listens that leads to the serial line, with the BMC’s users; port 0 = a free one. Unset: nowhere.',
  }),
  sshMisbehave: list({
    env: 'CONSOLEMESH_SIMULATOR_SSH_MISBEHAVE',
    optional: true,
    item: (word: string): SshMisbehaviour => parsed(() => parseSshMisbehaviour([word])),
    doc: 'SSH: how it misbehaves, from the last table below: `slow-prompt=3000,in-use`.',
  }),
};

export type Config = SettingsOf<Settings<typeof shape>>;

export const settings = defineSettings('bmc-simulator', shape, { check: checkTogether });

function securityName(name: string): SecurityName {
  const known = SECURITY_NAMES.find((other) => other === name);
  if (!known) throw new BadValue(`expected ${SECURITY_NAMES.join(', ')}`);
  return known;
}

/** What a parser makes of a value; what it says against it becomes the setting's mistake. */
function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new BadValue((error as Error).message);
  }
}

/** What no setting shows alone. */
function checkTogether(config: Config): string[] {
  const { security, password, certificate, certificateKey, tlsFirst } = config;
  const mistakes = misplaced(config);
  if (config.idracVncPort > 0 && config.idracVncPort < 1024)
    mistakes.push('CONSOLEMESH_SIMULATOR_IDRAC_VNC_PORT: an iDRAC takes 1024 to 65535; 0 = a free one');
  if (!password && security?.some((name) => /VNC|Plain/i.test(name)))
    mistakes.push(
      'CONSOLEMESH_SIMULATOR_SECURITY asks for a password: set CONSOLEMESH_SIMULATOR_PASSWORD_FILE',
    );
  if ((certificate === undefined) !== (certificateKey === undefined))
    mistakes.push(
      'CONSOLEMESH_SIMULATOR_TLS_CERTIFICATE_FILE and CONSOLEMESH_SIMULATOR_TLS_KEY_FILE go together: set both or none',
    );
  if (
    config.kind !== 'ipmi' &&
    !config.ipmiListen &&
    (config.ipmiUsers || config.ipmiKg || config.ipmiMisbehave)
  )
    mistakes.push('IPMI was described, but it does not listen: set CONSOLEMESH_SIMULATOR_IPMI_LISTEN');
  if (config.sshMisbehave && !config.sshListen)
    mistakes.push('SSH was described, but it does not listen: set CONSOLEMESH_SIMULATOR_SSH_LISTEN');
  const needsCertificate = tlsFirst || security?.some((name) => name.startsWith('X509'));
  if (needsCertificate && !certificate)
    mistakes.push('TLS was asked for: set CONSOLEMESH_SIMULATOR_TLS_CERTIFICATE_FILE and …_TLS_KEY_FILE');
  return mistakes;
}

/** Settings that would do nothing for this kind of BMC. */
function misplaced(config: Config): string[] {
  const ofVnc = { PASSWORD_FILE: config.password, SECURITY: config.security, MISBEHAVE: config.misbehave };
  const ofIdrac = {
    IDRAC_USERS_FILE: config.idracUsers,
    IDRAC_MISBEHAVE: config.idracMisbehave,
    IDRAC_VNC_MISBEHAVE: config.idracVncMisbehave,
    IDRAC_SCREEN: config.idracScreen,
    IDRAC_SCREEN_PASSWORD_FILE: config.idracScreenPassword,
  };
  const ofOpenbmc = {
    OPENBMC_USERS_FILE: config.openbmcUsers,
    OPENBMC_MISBEHAVE: config.openbmcMisbehave,
  };
  const ofSsh = { SSH_LISTEN: config.sshListen, SSH_MISBEHAVE: config.sshMisbehave };
  const ownUsers = { IPMI_USERS_FILE: config.ipmiUsers };
  const others = {
    vnc: { ...ofIdrac, ...ofOpenbmc, ...ofSsh },
    idrac: { ...ofVnc, ...ofOpenbmc, ...ownUsers },
    ipmi: { ...ofVnc, ...ofIdrac, ...ofOpenbmc, ...ofSsh },
    openbmc: { ...ofVnc, ...ofIdrac, ...ownUsers },
  }[config.kind];
  return Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name]) =>
        `CONSOLEMESH_SIMULATOR_${name} does nothing for CONSOLEMESH_SIMULATOR_KIND=${config.kind}: remove it`,
    );
}
