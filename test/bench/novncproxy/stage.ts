import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DriverServiceDefinition } from '@consolemesh/contracts/driver';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind, EndpointKind, Role } from '@consolemesh/contracts/types';
import { connect, mtlsFromFiles, toDuration } from '@consolemesh/mesh';
import { type Authority, type CertificateFiles, makeAuthority } from './certificates.ts';
import { type Process, startNode, startProcess } from './processes.ts';
import type { Destination } from './roles/browser.ts';

/** One way to a machine: through which process, and with which words. */
export interface Way {
  readonly proxy: Process;
  /** Holds the stream on behalf of the proxy; its time is counted apart. */
  readonly holder?: Process;
  readonly to: Destination;
}

/** Everything that runs during the benchmark. */
export interface Stage extends AsyncDisposable {
  readonly machine: Process;
  readonly browser: Process;
  readonly token: Process;
  readonly conductor: Process;
  readonly ways: Readonly<Record<WayName, Way>>;
}

export type WayName =
  | 'ours'
  | 'oursTls'
  | 'oursRelay'
  | 'oursTlsRelay'
  | 'oursPlainPath'
  | 'websockify'
  | 'websockifyTls'
  | 'websockifyToken'
  | 'ws';

/** Sessions that the proxies should bear. */
const most = 5_000;
const host = '127.0.0.1';
const root = fileURLToPath(new URL('../../../', import.meta.url));
const role = (name: string) => fileURLToPath(new URL(`roles/${name}.ts`, import.meta.url));
/** Consoles by the way that their bytes take; the name is the console's id. */
const consoles = {
  direct: '11111111-1111-4111-8111-111111111111',
  relay: '22222222-2222-4222-8222-222222222222',
  tlsRelay: '33333333-3333-4333-8333-333333333333',
} as const;

/** How our proxy is run. */
export interface StageOptions {
  /** The service's main file; another build of it can be compared. */
  readonly main?: string;
  /** For the proxy's Node.js, such as --cpu-prof. */
  readonly nodeArgs?: readonly string[];
}

/** Starts everything, each in a process of its own, on loopback. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'consolemesh-bench-'));
  const started: Process[] = [];
  const keep = (process: Process) => {
    started.push(process);
    return process;
  };
  const dispose = async () => {
    await Promise.all(started.map((process) => process[Symbol.asyncDispose]()));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    return { ...(await start(dir, keep, options)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function start(
  dir: string,
  keep: (process: Process) => Process,
  options: StageOptions,
): Promise<Omit<Stage, typeof Symbol.asyncDispose>> {
  const authority = makeAuthority(dir);
  const inRole = (name: string) => keep(startNode(role(name), { name, logDir: dir, commands: true }));
  const machine = inRole('machine');
  const browser = inRole('browser');
  const conductor = inRole('conductor');
  const tlsRelay = inRole('tls-relay');
  const machinePort = await machine.ask<number>('port');

  const attachKey = randomBytes(32);
  const conductorFiles = authority.issue('conductor');
  const conductorTarget = await conductor.ask<string>('start', {
    files: conductorFiles,
    key: attachKey.toString('hex'),
  });
  const token = await startTokenService(dir, authority, keep);
  const vncDriver = await startVncDriver(dir, authority, keep);
  const tlsPort = await tlsRelay.ask<number>('start', {
    files: authority.issue('holder'),
    machine: machinePort,
  });
  const trust = trustOf(conductorFiles);
  await startRelayedConsole(vncDriver.port, trust, machinePort, attachKey);

  const rfb = { forceShared: true };
  const endpoint = (consoleId: string, transport: object) =>
    conductor.ask('endpoint', { consoleId, endpoint: { audience: 1, transport, maxSessions: most, rfb } });
  await endpoint(consoles.direct, { $case: 'tcp', value: { host, port: machinePort } });
  await endpoint(consoles.relay, { $case: 'relay', value: { target: `dns:///${host}:${vncDriver.port}` } });
  const tls = {
    mode: 2,
    verification: 2,
    caPem: readFileSync(authority.ca, 'utf8'),
    serverName: 'localhost',
  };
  await endpoint(consoles.tlsRelay, { $case: 'tcp', value: { host, port: tlsPort, tls } });

  const tokens = await issueTokens(token.port, trust);
  const services = { token: `dns:///${host}:${token.port}`, conductor: conductorTarget };
  const proxy = await startOurs('novncproxy', dir, authority, services, false, keep, options);
  const proxyTls = await startOurs('novncproxy-tls', dir, authority, services, true, keep, options);
  const theirs = await startTheirs(dir, authority, machinePort, keep);

  const page = { path: '/session', protocol: 'page' } as const;
  const to = { port: proxy.port, tls: false, ...page };
  return {
    machine,
    browser,
    conductor,
    token: token.process,
    ways: {
      ours: { proxy: proxy.process, to: { ...to, tokens: tokens.direct } },
      oursTls: {
        proxy: proxyTls.process,
        to: { port: proxyTls.port, tls: true, ...page, tokens: tokens.direct },
      },
      oursRelay: { proxy: proxy.process, holder: vncDriver.process, to: { ...to, tokens: tokens.relay } },
      oursTlsRelay: { proxy: proxy.process, holder: tlsRelay, to: { ...to, tokens: tokens.tlsRelay } },
      oursPlainPath: {
        proxy: proxy.process,
        to: {
          port: proxy.port,
          tls: false,
          path: '/websockify?token={token}',
          protocol: 'plain',
          tokens: tokens.direct,
        },
      },
      ...theirs,
    },
  };
}

function trustOf({ ca, certificate, key }: CertificateFiles) {
  return mtlsFromFiles({
    trustDomain: 'consolemesh.local',
    caFile: ca,
    certificateFile: certificate,
    keyFile: key,
  });
}

interface Service {
  readonly process: Process;
  readonly port: number;
}

function meshEnv(authority: Authority, name: string): Record<string, string> {
  const files = authority.issue(name);
  return {
    CONSOLEMESH_TLS_CA_FILE: files.ca,
    CONSOLEMESH_TLS_CERTIFICATE_FILE: files.certificate,
    CONSOLEMESH_TLS_KEY_FILE: files.key,
  };
}

async function startTokenService(
  dir: string,
  authority: Authority,
  keep: (process: Process) => Process,
): Promise<Service> {
  const port = await freePort();
  const env = {
    ...meshEnv(authority, 'token'),
    CONSOLEMESH_LISTEN: `${host}:${port}`,
    CONSOLEMESH_DATABASE_URL: `sqlite:${join(dir, 'token.sqlite')}`,
  };
  const process = keep(
    startNode(join(root, 'services/token/src/main.ts'), { name: 'token', env, logDir: dir }),
  );
  await listens(process, port);
  return { process, port };
}

async function startVncDriver(
  dir: string,
  authority: Authority,
  keep: (process: Process) => Process,
): Promise<Service> {
  const port = await freePort();
  const env = { ...meshEnv(authority, 'bmc-driver-vnc'), CONSOLEMESH_LISTEN: `${host}:${port}` };
  const main = join(root, 'services/bmc-driver/vnc/src/main.ts');
  const process = keep(startNode(main, { name: 'bmc-driver-vnc', env, logDir: dir }));
  await listens(process, port);
  return { process, port };
}

/** Starts the relayed console as a conductor would. */
async function startRelayedConsole(
  port: number,
  trust: ReturnType<typeof trustOf>,
  machinePort: number,
  attachKey: Buffer,
): Promise<void> {
  using connection = connect(`dns:///${host}:${port}`, { trust });
  const context = {
    key: { consoleId: consoles.relay, generation: 1n },
    kind: ConsoleKind.GRAPHICAL,
    fence: 1n,
    node: {
      nodeId: consoles.relay,
      nodeName: 'bench',
      driverInfo: {
        vnc_address: host,
        vnc_port: String(machinePort),
        vnc_security: 'none',
        vnc_max_sessions: '64',
      },
    },
  };
  await connection.client(DriverServiceDefinition).startConsole({
    context,
    acceptable: [EndpointKind.RELAY],
    consolePassword: 'aB345678',
    attachKey,
  });
}

async function issueTokens(port: number, trust: ReturnType<typeof trustOf>) {
  using connection = connect(`dns:///${host}:${port}`, { trust });
  const client = connection.client(TokenServiceDefinition);
  const issue = async (consoleId: string) => {
    const tokens: string[] = [];
    for (let i = 0; i < 100; i++) {
      const { token } = await client.issueToken({
        key: { consoleId, generation: 1n },
        kind: ConsoleKind.GRAPHICAL,
        role: Role.CONTROL,
        subject: `viewer-${i}`,
        ttl: toDuration(6 * 3_600_000),
      });
      tokens.push(token);
    }
    return tokens;
  };
  return {
    direct: await issue(consoles.direct),
    relay: await issue(consoles.relay),
    tlsRelay: await issue(consoles.tlsRelay),
  };
}

async function startOurs(
  name: string,
  dir: string,
  authority: Authority,
  services: { token: string; conductor: string },
  tls: boolean,
  keep: (process: Process) => Process,
  options: StageOptions,
): Promise<Service> {
  const port = await freePort();
  const web = authority.issue(`web-${name}`);
  const env = {
    ...meshEnv(authority, 'novncproxy'),
    CONSOLEMESH_LISTEN: `${host}:${port}`,
    CONSOLEMESH_GRPC_LISTEN: `${host}:0`,
    CONSOLEMESH_TOKEN_TARGET: services.token,
    CONSOLEMESH_CONDUCTOR_TARGET: services.conductor,
    CONSOLEMESH_MAX_SESSIONS: String(most),
    CONSOLEMESH_MAX_CONNECTIONS: String(2 * most),
    CONSOLEMESH_OPEN_BURST: '1000000',
    ...(tls
      ? { CONSOLEMESH_WEB_TLS_CERTIFICATE_FILE: web.certificate, CONSOLEMESH_WEB_TLS_KEY_FILE: web.key }
      : {}),
  };
  const collect = fileURLToPath(new URL('collect-on-request.ts', import.meta.url));
  const nodeArgs = ['--expose-gc', '--import', collect, ...(options.nodeArgs ?? [])];
  const main = options.main ?? join(root, 'services/novncproxy/src/main.ts');
  const process = keep(startNode(main, { name, env, logDir: dir, commands: true, nodeArgs }));
  await listens(process, port);
  return { process, port };
}

async function startTheirs(
  dir: string,
  authority: Authority,
  machinePort: number,
  keep: (process: Process) => Process,
): Promise<Pick<Stage['ways'], 'websockify' | 'websockifyTls' | 'websockifyToken' | 'ws'>> {
  const web = authority.issue('web-websockify');
  const tokenFile = join(dir, 'tokens');
  const token = randomBytes(32).toString('base64url');
  writeFileSync(tokenFile, `${token}: ${host}:${machinePort}\n`);
  const target = `${host}:${machinePort}`;
  const plain = { path: '/websockify', protocol: 'plain', tokens: [] } as const;

  const websockify = async (
    name: string,
    args: readonly string[],
    rest: readonly string[],
  ): Promise<Service> => {
    const port = await freePort();
    const all = [...args, `${host}:${port}`, ...rest];
    const process = keep(startProcess({ name, command: '/usr/bin/websockify', args: all, logDir: dir }));
    await listens(process, port);
    return { process, port };
  };
  const direct = await websockify('websockify', [], [target]);
  const certificate = [`--cert=${web.certificate}`, `--key=${web.key}`];
  const tls = await websockify('websockify-tls', [...certificate, '--ssl-only'], [target]);
  const file = ['--token-plugin=TokenFile', `--token-source=${tokenFile}`];
  const byToken = await websockify('websockify-token', file, []);

  const port = await freePort();
  const ws = keep(
    startProcess({
      name: 'ws-proxy',
      command: process.execPath,
      args: ['--expose-gc', '--import', 'tsx', role('ws-proxy'), String(port), String(machinePort)],
      logDir: dir,
    }),
  );
  await listens(ws, port);
  return {
    websockify: { proxy: direct.process, to: { port: direct.port, tls: false, ...plain } },
    websockifyTls: { proxy: tls.process, to: { port: tls.port, tls: true, ...plain } },
    websockifyToken: {
      proxy: byToken.process,
      to: {
        port: byToken.port,
        tls: false,
        path: '/websockify?token={token}',
        protocol: 'plain',
        tokens: [token],
      },
    },
    ws: { proxy: ws, to: { port, tls: false, ...plain } },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Resolves when something listens there; rejects when the process dies first. */
async function listens(process: Process, port: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (await Promise.race([process.died, reaches(port)])) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${process.name} does not listen on port ${port}`);
}

function reaches(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
