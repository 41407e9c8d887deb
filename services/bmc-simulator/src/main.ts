import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatAddress } from '@consolemesh/config';
import { type Running, runService } from '@consolemesh/mesh';
import { type Config, settings } from './config.ts';
import { parseUsers } from './idrac/bmc/parse-users.ts';
import {
  type IpmiFace,
  type IpmiFaceOptions,
  openVncScreen,
  type SshFace,
  type SshFaceOptions,
  startSimulatedIdrac,
  startSimulatedIpmi,
  startSimulatedMachine,
  startSimulatedOpenbmc,
} from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger }) => {
    const onProblem = (problem: string) => logger.info({ problem }, 'a viewer failed');
    if (config.kind === 'ipmi') return startIpmi(config);
    if (config.kind === 'openbmc') return startOpenbmc(config);
    return config.kind === 'idrac' ? startIdrac(config, onProblem) : startVnc(config, onProblem);
  }),
);

async function startVnc(config: Config, onProblem: (problem: string) => void): Promise<Running> {
  const simulated = await startSimulatedMachine({
    name: config.name,
    seed: config.seed,
    stage: config.stage,
    listen: config.listen,
    password: config.password?.reveal(),
    security: config.security,
    tls: readTls(config),
    tlsFromFirstByte: config.tlsFirst,
    maxSessions: config.maxSessions,
    misbehave: Object.assign({}, ...(config.misbehave ?? [])),
    ipmi: ipmiOptions(config),
    onProblem,
  });
  return {
    describe: `${config.name}: VNC on ${formatAddress(simulated.address)}${andIpmi(simulated)}`,
    [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
  };
}

async function startIpmi(config: Config): Promise<Running> {
  const { name, seed, stage } = config;
  const listen = { host: '127.0.0.1', port: 6230 };
  const simulated = await startSimulatedIpmi({ name, seed, stage, listen, ...ipmiOptions(config) });
  return {
    describe: `${name}${andIpmi(simulated).replace(',', ':')}`,
    [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
  };
}

async function startOpenbmc(config: Config): Promise<Running> {
  const openbmc = await startSimulatedOpenbmc({
    name: config.name,
    seed: config.seed,
    stage: config.stage,
    listen: config.openbmcListen,
    users: config.openbmcUsers && parseUsers(config.openbmcUsers.reveal()),
    systems: config.openbmcSystems,
    tls: readTls(config),
    misbehave: Object.assign({}, ...(config.openbmcMisbehave ?? [])),
    ssh: sshOptions(config),
    ipmi: ipmiOptions(config),
  });
  const pin = new X509Certificate(openbmc.certificate).fingerprint256;
  const consoles = openbmc.hosts.map((host) => host.console).join(', ');
  return {
    describe: `${config.name}: Redfish on https://${formatAddress(openbmc.https)}, consoles ${consoles}, certificate SHA-256 ${pin}${andSsh(openbmc)}${andIpmi(openbmc)}`,
    [Symbol.asyncDispose]: () => openbmc[Symbol.asyncDispose](),
  };
}

function sshOptions({ sshListen, sshMisbehave }: Config): SshFaceOptions | undefined {
  return sshListen && { listen: sshListen, misbehave: Object.assign({}, ...(sshMisbehave ?? [])) };
}

function andSsh({ ssh }: { readonly ssh: SshFace | undefined }): string {
  return ssh ? `, SSH on ${formatAddress(ssh.address)}, host key ${ssh.fingerprint}` : '';
}

/** What the settings say about IPMI; undefined when they say nothing about where. */
function ipmiOptions(config: Config): IpmiFaceOptions | undefined {
  const { ipmiListen, ipmiUsers, ipmiKg, ipmiMisbehave } = config;
  if (!ipmiListen && config.kind !== 'ipmi') return undefined;
  return {
    ...(ipmiListen && { listen: ipmiListen }),
    users: ipmiUsers && parseUsers(ipmiUsers.reveal()),
    kg: ipmiKg?.reveal(),
    misbehave: Object.assign({}, ...(ipmiMisbehave ?? [])),
  };
}

function andIpmi({ ipmi }: { readonly ipmi: IpmiFace | undefined }): string {
  return ipmi ? `, IPMI on ${formatAddress(ipmi.address)} (UDP)` : '';
}

async function startIdrac(config: Config, onProblem: (problem: string) => void): Promise<Running> {
  const { host, port } = config.idracListen;
  const users = config.idracUsers && parseUsers(config.idracUsers.reveal());
  const screen = await openScreen(config, onProblem);
  const idrac = await startSimulatedIdrac({
    name: config.name,
    screen,
    seed: config.seed,
    stage: config.stage,
    host,
    httpsPort: port,
    vncPort: config.idracVncPort,
    users,
    generation: config.idracGeneration,
    tls: readTls(config),
    misbehave: Object.assign({}, ...(config.idracMisbehave ?? [])),
    vncMisbehave: Object.assign({}, ...(config.idracVncMisbehave ?? [])),
    ipmi: ipmiOptions(config),
    ssh: sshOptions(config),
    onProblem,
  });
  const pin = new X509Certificate(idrac.certificate).fingerprint256;
  const vnc = idrac.attributes.current('VNCServer.1#Port') ?? 'none';
  return {
    describe: `${config.name}: WS-MAN and Redfish on https://${formatAddress(idrac.https)}, VNC port ${vnc} once enabled, certificate SHA-256 ${pin}${andSsh(idrac)}${andIpmi(idrac)}`,
    async [Symbol.asyncDispose]() {
      await idrac[Symbol.asyncDispose]();
      await screen?.[Symbol.asyncDispose]();
    },
  };
}

/** What the iDRAC shows instead of the simulated machine; undefined when nothing is. */
async function openScreen(config: Config, onProblem: (problem: string) => void) {
  const { idracScreen: from, idracScreenPassword } = config;
  if (!from) return undefined;
  try {
    return await openVncScreen({ ...from, password: idracScreenPassword?.reveal(), onProblem });
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`CONSOLEMESH_SIMULATOR_IDRAC_SCREEN: ${formatAddress(from)} cannot be shown: ${why}`);
  }
}

function readTls({ certificateKey, certificate }: Config) {
  if (!certificateKey || !certificate) return undefined;
  return { key: readFileSync(certificateKey, 'utf8'), cert: readFileSync(certificate, 'utf8') };
}
