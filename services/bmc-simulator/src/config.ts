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
import { type Misbehaviour, parseMisbehaviour } from './vnc/misbehaviour.ts';

const shape = {
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
  tlsCertificate: filePath({
    env: 'CONSOLEMESH_SIMULATOR_TLS_CERTIFICATE_FILE',
    optional: true,
    mustBe: 'file',
    doc: 'PEM of its certificate, for TLS from the first byte and the X509 security types.',
  }),
  tlsKey: filePath({
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
    item: misbehaviour,
    doc: 'How its VNC server misbehaves, from the table below: `slow-banner=3000,die-after=5000`.',
  }),
  stage: choice({
    env: 'CONSOLEMESH_SIMULATOR_STAGE',
    choices: ['off', 'post', 'console'],
    default: 'post',
    doc: 'What it is doing at first: powered off, just powered on, or long up.',
  }),
};

export type Config = SettingsOf<Settings<typeof shape>>;

export const settings = defineSettings('bmc-simulator', shape, { check: checkTogether });

function securityName(name: string): SecurityName {
  const known = SECURITY_NAMES.find((other) => other === name);
  if (!known) throw new BadValue(`expected ${SECURITY_NAMES.join(', ')}`);
  return known;
}

function misbehaviour(word: string): Misbehaviour {
  try {
    return parseMisbehaviour([word]);
  } catch (error) {
    throw new BadValue((error as Error).message);
  }
}

/** What no setting shows alone. */
function checkTogether({ security, password, tlsCertificate, tlsKey, tlsFirst }: Config): string[] {
  const mistakes: string[] = [];
  if (!password && security?.some((name) => /VNC|Plain/i.test(name)))
    mistakes.push(
      'CONSOLEMESH_SIMULATOR_SECURITY asks for a password: set CONSOLEMESH_SIMULATOR_PASSWORD_FILE',
    );
  if ((tlsCertificate === undefined) !== (tlsKey === undefined))
    mistakes.push(
      'CONSOLEMESH_SIMULATOR_TLS_CERTIFICATE_FILE and CONSOLEMESH_SIMULATOR_TLS_KEY_FILE go together: set both or none',
    );
  const needsCertificate = tlsFirst || security?.some((name) => name.startsWith('X509'));
  if (needsCertificate && !tlsCertificate)
    mistakes.push('TLS was asked for: set CONSOLEMESH_SIMULATOR_TLS_CERTIFICATE_FILE and …_TLS_KEY_FILE');
  return mistakes;
}
