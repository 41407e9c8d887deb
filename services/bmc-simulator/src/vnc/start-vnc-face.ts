import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import {
  type AcceptOptions,
  acceptClient,
  createFramebufferServer,
  encodeServerInit,
  PIXEL_FORMAT,
  refuseClient,
  type SecurityName,
} from '@consolemesh/rfb';
import type { Clock } from '../clock.ts';
import type { RunningMachine } from '../run-machine.ts';
import { breakHandshake } from './broken-handshakes.ts';
import { createDisplay } from './create-display.ts';
import { distortStream } from './distort-stream.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export interface Listen {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
}

export interface VncFaceOptions {
  listen: Listen;
  /** Eight characters count, as in every VNC server. Without one nobody is asked. */
  password?: string | undefined;
  /** What is offered, best first; by default VNC when there is a password, else None. */
  security?: readonly SecurityName[] | undefined;
  /** Key and certificate in PEM: for `tlsFromFirstByte` and for the X509 security types. */
  tls?: { readonly key: string; readonly cert: string } | undefined;
  /** The connection is TLS before RFB begins, as an iDRAC does it. Needs `tls`. */
  tlsFromFirstByte?: boolean | undefined;
  /** Viewers at one time; further ones are refused with a reason. 8 unless told. */
  maxSessions?: number | undefined;
  misbehave?: Misbehaviour | undefined;
  /** Told what a viewer did wrong, in one line without secrets. */
  onProblem?: ((text: string) => void) | undefined;
}

/** The VNC server of one machine. */
export interface VncFace {
  readonly address: Listen;
  /** Connections now, including those that have not said who they are. */
  readonly sessions: number;
  /** Hangs up on everybody, in the middle of whatever it is. */
  dropAll(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startVncFace(
  machine: RunningMachine,
  clock: Clock,
  options: VncFaceOptions,
): Promise<VncFace> {
  const { misbehave = {}, maxSessions = 8, onProblem = () => {} } = options;
  const accept = acceptOptions(options);
  const display = createDisplay(machine, clock);
  const screen = createFramebufferServer({
    framebuffer: display.framebuffer,
    name: machine.identity.name,
    onKey: (keysym, down) => machine.key(keysym, down),
    onPointer: (x, y, mask) => machine.pointerEvent(x, y, mask),
  });
  const sockets = new Set<Socket>();
  const stop = new AbortController();

  const serveViewer = async (stream: Duplex) => {
    using _looking = display.look();
    try {
      await screen.serve(stream, accept);
    } finally {
      machine.releaseInput();
    }
  };
  const converse = async (socket: Socket) => {
    const taken = sockets.size > maxSessions && !misbehave.exclusive;
    const reason = taken ? `Maximum number of sessions (${maxSessions}) reached` : misbehave.refuse;
    if (reason !== undefined) return refuseClient(socket, reason, { signal: stop.signal });
    await delay(clock, misbehave.bannerDelayMs, stop.signal);
    const stream = distortStream(socket, misbehave);
    if (await breakHandshake(stream, misbehave, stop.signal)) return;
    if (!misbehave.hangAfterAuth && !misbehave.hugeScreen) return serveViewer(stream);
    const accepted = await acceptClient(stream, { ...accept, signal: stop.signal });
    accepted.stream.on('error', () => {});
    if (misbehave.hugeScreen) accepted.stream.write(hugeServerInit(machine.identity.name));
    accepted.stream.resume();
    await closed(socket);
  };
  const onConnection = (socket: Socket) => {
    if (misbehave.exclusive) for (const older of sockets) older.destroy();
    sockets.add(socket);
    socket.setNoDelay(true);
    // A viewer that resets its connection is an everyday thing and must not end the process.
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    converse(socket).catch((error: Error) => {
      if (!stop.signal.aborted) onProblem(error.message);
      socket.destroy();
    });
  };
  const server = makeServer(options, onConnection);
  const address = await listen(server, options.listen);

  return {
    address,
    get sessions() {
      return sockets.size;
    },
    dropAll() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      const closing = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await screen[Symbol.asyncDispose]();
      await closing;
    },
  };
}

/** A viewer has so long for its handshake. */
const handshakeMs = 15_000;

function acceptOptions({ password, security, tls, misbehave }: VncFaceOptions): AcceptOptions {
  const asked = password !== undefined || misbehave?.wrongPassword;
  return {
    security: security ?? [asked ? 'VNC' : 'None'],
    // Nobody can know a password that was made a moment ago and is told to no one.
    expected: { password: misbehave?.wrongPassword ? randomBytes(8).toString('base64') : password },
    tls,
    deadlineMs: handshakeMs,
  };
}

function makeServer(
  { tls, tlsFromFirstByte }: VncFaceOptions,
  onConnection: (socket: Socket) => void,
): Server {
  if (!tlsFromFirstByte) return createServer({ noDelay: true }, onConnection);
  if (!tls) throw new TypeError('TLS from the first byte needs a key and a certificate');
  const server = createTlsServer({ ...tls, handshakeTimeout: handshakeMs }, onConnection);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

function listen(server: Server, { host, port }: Listen): Promise<Listen> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

/** ServerInit for the largest screen that can be said (RFC 6143 section 7.3.2): 16 GiB of pixels. */
function hugeServerInit(name: string): Buffer {
  return encodeServerInit({ width: 65_535, height: 65_535, pixelFormat: PIXEL_FORMAT.rgb888, name });
}

function delay(clock: Clock, ms: number | undefined, signal: AbortSignal): Promise<void> {
  if (!ms || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      timer[Symbol.dispose]();
      resolve();
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}
