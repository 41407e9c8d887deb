import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Endpoint } from '@consolemesh/contracts/types';
import {
  type connectWebSocket,
  type ProxyBench,
  startProxyBench,
  type TestClient,
} from '@consolemesh/proxy/testing';
import { type AcceptOptions, acceptClient, encodeServerInit, PIXEL_FORMAT } from '@consolemesh/rfb';
import { type Novncproxy, type NovncproxyOptions, startNovncproxy } from './start.ts';

/** A machine's VNC server in a test: ends the handshake, then hands the connection over. */
export interface TestMachine extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: Endpoint;
  /** The next connection that is past its handshake. */
  connection(): Promise<Duplex>;
  /** Connections that stand. */
  readonly open: number;
}

/** What ServerInit says. */
export const serverInit = encodeServerInit({
  width: 800,
  height: 600,
  pixelFormat: PIXEL_FORMAT.rgb888,
  name: 'bmc',
});

/** Starts one; `script` replaces the handshake. */
export async function startMachine(
  options: { accept?: AcceptOptions; script?: (socket: Socket) => void; host?: string } = {},
): Promise<TestMachine> {
  const sockets = new Set<Socket>();
  const ready: Duplex[] = [];
  let wake: (() => void) | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (options.script) return options.script(socket);
    acceptClient(socket, options.accept).then(
      ({ stream }) => {
        stream.on('error', () => {});
        stream.write(serverInit);
        ready.push(stream);
        wake?.();
      },
      () => {},
    );
  });
  server.listen(0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    endpoint: tcpEndpoint(port, options.host ?? '127.0.0.1'),
    async connection() {
      while (ready.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return ready.shift()!;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An endpoint of kind tcp without any security. */
export function tcpEndpoint(port: number, host = '127.0.0.1', password = ''): Endpoint {
  return {
    audience: 1,
    transport: { $case: 'tcp', value: { host, port, tls: undefined, username: '', password } },
    maxSessions: 1,
    rfb: undefined,
  };
}

/** A proxy with everything around it. */
export interface Bench extends ProxyBench<Novncproxy> {
  readonly machine: TestMachine;
  /** Connects a page and opens the console up to its screen. */
  opened(
    token?: string,
    how?: Parameters<typeof connectWebSocket>[1],
  ): Promise<{ page: TestClient; info: OpenedInfo; server: Duplex }>;
}

/** The answer to `open`. */
export interface OpenedInfo {
  readonly type: string;
  readonly session: string;
  readonly node: string;
  readonly role: string;
  readonly subject: string;
  readonly resume: string;
  readonly unverifiedTls: boolean;
}

/** Starts a machine, the fakes of conductor and token service, and a proxy between them. */
export async function startBench(
  options: Partial<NovncproxyOptions> & { machine?: TestMachine } = {},
): Promise<Bench> {
  const { machine = await startMachine(), ...rest } = options;
  const bench = await startProxyBench(startNovncproxy, machine.endpoint, rest);
  return {
    ...bench,
    machine,
    async opened(token = bench.tokens.issue(), how = {}) {
      const client = await bench.page(how);
      client.send({ type: 'open', token });
      const info = await client.message<OpenedInfo>();
      if (info.type !== 'opened') throw new Error(`not opened: ${JSON.stringify(info)}`);
      await shakeHands(client);
      return { page: client, info, server: await machine.connection() };
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await machine[Symbol.asyncDispose]();
    },
  };
}

/** The viewer's side of an RFB 3.8 handshake with None, up to ServerInit. */
export async function shakeHands(client: TestClient): Promise<Buffer> {
  const banner = await client.bytes(12);
  if (banner.toString() !== 'RFB 003.008\n') throw new Error(`banner ${banner}`);
  client.sendBytes(banner);
  const types = await client.bytes(2);
  if (!types.equals(Buffer.from([1, 1]))) throw new Error(`security types ${types.toString('hex')}`);
  client.sendBytes(Buffer.from([1]));
  const verdict = await client.bytes(4);
  if (verdict.readUInt32BE(0) !== 0) throw new Error('refused');
  client.sendBytes(Buffer.from([1]));
  return await client.bytes(serverInit.length);
}

/** Reads exactly so many bytes of a machine's connection. */
export async function read(stream: Duplex, count: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < count) {
    const chunk = stream.read() as Buffer | null;
    if (chunk) {
      parts.push(chunk);
      length += chunk.length;
    } else if (stream.readableEnded || stream.destroyed) throw new Error(`ended after ${length} bytes`);
    else await once(stream, 'readable', { signal: AbortSignal.timeout(10_000) });
  }
  const all = Buffer.concat(parts);
  if (all.length > count) stream.unshift(all.subarray(count));
  return all.subarray(0, count);
}

/** A key event. */
export function keyEvent(key: number, down = true): Buffer {
  const message = Buffer.alloc(8);
  message[0] = 4;
  message[1] = down ? 1 : 0;
  message.writeUInt32BE(key, 4);
  return message;
}

/** A request for the whole screen. */
export const updateRequest = Buffer.from([3, 1, 0, 0, 0, 0, 0x03, 0x20, 0x02, 0x58]);
