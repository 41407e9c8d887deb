import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  parsePortRange,
  type SocatDriverOptions,
  startSocatDriver,
} from '@consolemesh/bmc-driver-ipmi-socat';
import {
  DriverServiceDefinition,
  type StartConsoleRequest,
  type StartConsoleResponse,
} from '@consolemesh/contracts/driver';
import { type AttachRequest, StreamServiceDefinition } from '@consolemesh/contracts/stream';
import { ConsoleKind, EndpointAudience, EndpointKind } from '@consolemesh/contracts/types';
import { connect, makeAttachTicket, plaintext, silentLogger } from '@consolemesh/mesh';
import { eventually } from '../harness/eventually.ts';
import { freePorts } from '../harness/free-ports.ts';

/** A folder of its own for one test, whose path every process of its consoles has in its command line. */
export async function newRuntimeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'consolemesh-socat-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Ports that were free a moment ago, as a range for each. */
export async function freeRange(count = 2) {
  const ports = await freePorts(count);
  return ports.map((port) => parsePortRange(`${port}:${port + 1}`));
}

export type SocatDriver = Awaited<ReturnType<typeof startDriver>>;

/** The driver, served, with clients. */
export async function startDriver(options: Partial<SocatDriverOptions> & { runtimeFolder: string }) {
  const portRange = options.portRange ?? (await freeRange());
  const running = await startSocatDriver({
    ...{ trust: plaintext, logger: silentLogger, portRange, killTimeoutMs: 3_000, checkEveryMs: 200 },
    ...options,
  });
  return {
    ...clientsOf(running.target),
    running,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Clients of a driver that runs here or in another process. */
export function clientsOf(target: string) {
  const connection = connect(target, { trust: plaintext, retries: false });
  return {
    target,
    driver: connection.client(DriverServiceDefinition),
    stream: connection.client(StreamServiceDefinition),
  };
}

/** A request for the serial console of a node. */
export function request(
  driverInfo: Record<string, string>,
  driverSecrets: Record<string, string> = { ipmi_password: 'test' },
  { consoleId = 'c1', generation = 1n, fence = 1n, driverState = Buffer.alloc(0) } = {},
): StartConsoleRequest {
  return {
    context: {
      key: { consoleId, generation },
      kind: ConsoleKind.SERIAL,
      fence,
      node: { nodeId: 'n1', nodeName: 'n1', driverInfo, driverSecrets },
      driverState,
      restoreState: Buffer.alloc(0),
    },
    acceptable: [EndpointKind.RELAY],
    excluded: [],
    consolePassword: 'Passw0rd',
    attachKey: Buffer.alloc(32, 7),
  };
}

/** Where Nova finds a console. */
export function novaOf({ endpoints }: Pick<StartConsoleResponse, 'endpoints'>): {
  host: string;
  port: number;
} {
  const transport = endpoints.find(({ audience }) => audience === EndpointAudience.NOVA)?.transport;
  if (transport?.$case !== 'tcp') throw new Error('no endpoint for Nova');
  return transport.value;
}

/** A client that connects as nova-serialproxy does. */
export function connectAsNova(to: { host: string; port: number }) {
  const socket: Socket = connectTcp(to);
  let seen = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  return {
    type: (text: string) => void socket.write(text),
    seen: () => seen,
    closed: () => closed,
    async sees(text: string) {
      await eventually(
        () => seen,
        (all) => all.includes(text),
        { what: `"${text}" through TCP`, withinMs: 30_000 },
      );
    },
    async ends() {
      await eventually(() => closed, Boolean, { what: 'the end of the connection', withinMs: 30_000 });
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

/** A viewer of the mesh. */
export function attachViewer(
  { stream }: Pick<SocatDriver, 'stream'>,
  wish: StartConsoleRequest,
  sessionId = `s${Math.random()}`,
) {
  const abort = new AbortController();
  const { consoleId, generation } = wish.context!.key!;
  const ticket = makeAttachTicket(wish.attachKey, {
    ...{ consoleId, generation, sessionId, subject: 'me', role: 'control' as const },
    expiresAt: Date.now() + 60_000,
  });
  const queue: Buffer[] = [];
  let wake = () => {};
  async function* requests(): AsyncGenerator<AttachRequest> {
    yield { frame: { $case: 'open' as const, value: { ticket, role: 0, size: undefined } } };
    while (!abort.signal.aborted) {
      const value = queue.shift();
      if (value) yield { frame: { $case: 'data' as const, value } };
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  let seen = '';
  const events: { name: string; reason?: string }[] = [];
  let failure: { reason?: string; message?: string } | undefined;
  const ended = (async () => {
    try {
      for await (const { frame } of stream.attach(requests(), { signal: abort.signal })) {
        if (frame?.$case === 'data') seen += frame.value.toString('latin1');
        const event = frame?.$case === 'event' ? frame.value.event : undefined;
        if (event) {
          const value = event.value as { reason?: string };
          events.push(value.reason ? { name: event.$case, reason: value.reason } : { name: event.$case });
        }
      }
    } catch (error) {
      failure = error as { reason?: string };
    }
  })();
  return {
    type(text: string) {
      queue.push(Buffer.from(text, 'latin1'));
      wake();
    },
    seen: () => seen,
    events: () => events,
    failure: () => failure,
    ended,
    async sees(text: string) {
      await eventually(
        () => ({ seen, events, failure: failure?.reason }),
        (all) => all.seen.includes(text),
        { what: `"${text}" in the mesh`, withinMs: 30_000 },
      );
    },
    async hears(name: string) {
      await eventually(
        () => events,
        (all) => all.some((event) => event.name === name),
        { what: `${name} in the mesh`, withinMs: 45_000 },
      );
    },
    async leave() {
      abort.abort();
      wake();
      await ended;
    },
    async [Symbol.asyncDispose]() {
      await this.leave();
    },
  };
}
