import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../clock.ts';
import type { IdracUser } from '../idrac/bmc/types.ts';
import { makeCertificate } from '../idrac/make-certificate.ts';
import { type IpmiFace, type IpmiFaceOptions, startIpmiFace } from '../ipmi/start-ipmi-face.ts';
import { type RunningMachine, type RunOptions, runMachine } from '../run-machine.ts';
import { type SshFace, type SshFaceOptions, startSshFace } from '../ssh/start-ssh-face.ts';
import type { Listen } from '../vnc/start-vnc-face.ts';
import { createGate } from './create-gate.ts';
import type { Host } from './host.ts';
import type { OpenbmcMisbehaviour } from './misbehaviour.ts';
import { createConsoles } from './serve-consoles.ts';
import { createRedfish } from './serve-redfish.ts';

export interface SimulatedOpenbmcOptions extends Pick<RunOptions, 'name' | 'stage' | 'speed'> {
  /** Decides what the servers are made of; the name unless told. */
  seed?: string | undefined;
  /** HTTPS; a free port of 127.0.0.1 unless told. */
  listen?: Listen | undefined;
  /** One administrator, root with the password 0penBmc, unless told. */
  users?: readonly IdracUser[] | undefined;
  /** Servers behind this BMC; 1 unless told. */
  systems?: number | undefined;
  /** Made for its host unless told. */
  tls?: { readonly key: string; readonly cert: string } | undefined;
  clock?: Clock | undefined;
  /** The object may be changed while it runs. */
  misbehave?: OpenbmcMisbehaviour | undefined;
  /** SSH to the console of the first server; none unless told. `entry`: a command line comes first, and this leads to the console. */
  ssh?: (SshFaceOptions & { readonly entry?: string | undefined }) | undefined;
  /** IPMI of the first server, cipher suite 17 alone unless told; none unless told. */
  ipmi?: Omit<IpmiFaceOptions, 'users'> | undefined;
}

/** A simulated BMC with OpenBMC's HTTPS side: Redfish and the serial consoles of its servers as WebSockets. */
export interface SimulatedOpenbmc extends AsyncDisposable {
  readonly https: Listen;
  /** Certificate, PEM. */
  readonly certificate: string;
  /** Of the first server. */
  readonly machine: RunningMachine;
  readonly hosts: readonly Host[];
  readonly ssh: SshFace | undefined;
  readonly ipmi: IpmiFace | undefined;
  readonly misbehave: OpenbmcMisbehaviour;
  /** Open WebSockets, by the id of their server. */
  readonly consoles: readonly string[];
  readonly sessions: number;
  /** HTTPS requests that came so far; WebSockets do not count. */
  readonly requests: number;
  /** Drops every WebSocket. */
  dropConsoles(): void;
  /** Ends every Redfish session. */
  endSessions(): void;
}

/** The image's. */
const defaultUsers: readonly IdracUser[] = [
  { name: 'root', password: '0penBmc', privilege: 'administrator' },
];
const longestBody = 64 * 1024;
const hotKey = { keys: '~.', display: 'Press ~. to exit console' };

/** @throws when an address cannot be listened on */
export async function startSimulatedOpenbmc(options: SimulatedOpenbmcOptions): Promise<SimulatedOpenbmc> {
  const { clock = systemClock, misbehave = {}, users = defaultUsers } = options;
  const { listen = { host: '127.0.0.1', port: 0 } } = options;
  const tls = options.tls ?? makeCertificate([listen.host, 'openbmc'], clock.now());
  const started: (Disposable | AsyncDisposable)[] = [];
  const stop = () => disposeAll(started);
  let requests = 0;
  try {
    const hosts = inventHosts(options, clock);
    started.push(...hosts.map(({ machine }) => machine));
    const { machine } = hosts[0]!;
    const gate = createGate({ users, clock, misbehave });
    const consoles = createConsoles({ hosts, gate, misbehave, clock });
    started.push(consoles);
    const { ssh, ipmi } = await startOthers(options, machine, clock, users, started);
    const ports = { ssh: ssh?.address.port, ipmi: ipmi?.address.port };
    const leading = { entry: options.ssh?.entry, hotKey: hotKey.display };
    const redfish = createRedfish({ hosts, gate, misbehave, ports, ssh: leading });
    const server = createServer({ key: tls.key, cert: tls.cert, requestTimeout: 30_000 });
    server.on('request', (request, response) => {
      requests++;
      answer(request, response, redfish, misbehave, clock).catch(() => request.socket.destroy());
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (misbehave.hang) return;
      const upgrade = () => consoles.upgrade(request, socket, head);
      if (misbehave.slowMs) clock.after(misbehave.slowMs, upgrade);
      else upgrade();
    });
    started.push(await listenOn(server, listen));
    return {
      https: { host: listen.host, port: (server.address() as AddressInfo).port },
      certificate: tls.cert,
      machine,
      hosts,
      ssh,
      ipmi,
      misbehave,
      get consoles() {
        return consoles.open;
      },
      get requests() {
        return requests;
      },
      get sessions() {
        return gate.sessions.all.length;
      },
      dropConsoles: () => consoles.drop(),
      endSessions: () => gate.sessions.clear(),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function inventHosts(options: SimulatedOpenbmcOptions, clock: Clock): Host[] {
  const { name, seed = name, stage, speed, systems = 1 } = options;
  const more = { clock, ...(stage && { stage }), ...(speed && { speed }) };
  if (systems === 1) {
    return [{ id: 'system', console: '/console0', machine: runMachine({ name, seed, ...more }) }];
  }
  return Array.from({ length: systems }, (_, index) => {
    const id = `system${index + 1}`;
    const machine = runMachine({ name: `${name}-${index + 1}`, seed: `${seed}/${index + 1}`, ...more });
    return { id, console: index === 0 ? '/console0' : `/console/${id}`, machine };
  });
}

/** SSH and IPMI of the first server, where they are wanted. */
async function startOthers(
  options: SimulatedOpenbmcOptions,
  machine: RunningMachine,
  clock: Clock,
  users: readonly IdracUser[],
  started: (Disposable | AsyncDisposable)[],
) {
  const entry = options.ssh?.entry;
  const commandLine = entry === undefined ? undefined : { prompt: 'BMC> ', entry };
  const kind = { users: () => users, commandLine, hotKey: hotKey.keys, maxConsoles: 15 };
  const ssh = options.ssh && (await startSshFace(machine, clock, kind, options.ssh));
  if (ssh) started.push(ssh);
  const ipmi = options.ipmi && (await startIpmiFace(machine, clock, asOpenbmc(options.ipmi, users)));
  if (ipmi) started.push(ipmi);
  return { ssh, ipmi };
}

/** OpenBMC offers cipher suite 17 alone. */
function asOpenbmc(ipmi: IpmiFaceOptions, users: readonly IdracUser[]): IpmiFaceOptions {
  const { misbehave = {} } = ipmi;
  misbehave.suites ??= [17];
  return { ...ipmi, users, misbehave };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  redfish: ReturnType<typeof createRedfish>,
  misbehave: OpenbmcMisbehaviour,
  clock: Clock,
): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= longestBody) chunks.push(chunk as Buffer);
  }
  if (misbehave.hang) return;
  if (misbehave.slowMs) await new Promise<void>((resolve) => clock.after(misbehave.slowMs ?? 0, resolve));
  const path = (request.url ?? '/').split(/[?#]/)[0] ?? '/';
  const body = length > longestBody ? '?' : Buffer.concat(chunks).toString('utf8');
  const { method = 'GET', headers } = request;
  const answered = /^\/redfish(\/|$)/.test(path)
    ? redfish({ method, path, headers, body })
    : { status: 404, headers: {}, body: '' };
  response.writeHead(answered.status, {
    ...answered.headers,
    'content-length': Buffer.byteLength(answered.body),
  });
  response.end(answered.body);
}

async function listenOn(server: Server, { host, port }: Listen): Promise<AsyncDisposable> {
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The last started first. */
async function disposeAll(started: (Disposable | AsyncDisposable)[]): Promise<void> {
  for (let part = started.pop(); part; part = started.pop()) {
    if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
    else part[Symbol.dispose]();
  }
}
