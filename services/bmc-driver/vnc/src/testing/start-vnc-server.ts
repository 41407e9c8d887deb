import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type AcceptOptions, createFramebuffer, createFramebufferServer } from '@consolemesh/rfb';

/** A VNC server for tests. */
export interface TestVncServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections that were accepted so far. */
  connections(): number;
  /** Viewers past the handshake at present. */
  viewers(): number;
  /** Breaks every connection without a word. */
  reset(): void;
  /** While set, new connections are closed at once. */
  closed: boolean;
  /** Changes what is asked of the next viewers. */
  accept: AcceptOptions;
}

/** Starts one on a free port of 127.0.0.1; `tls` puts TLS around everything. */
export async function startVncServer(
  options: { accept?: AcceptOptions; tls?: { key: string; cert: string }; dieAfterBytes?: number } = {},
): Promise<TestVncServer> {
  const framebuffer = createFramebuffer(64, 48);
  const screen = createFramebufferServer({ framebuffer, name: 'test screen' });
  const sockets = new Set<Socket>();
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    if (running.closed) return socket.destroy();
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    const stream = options.tls ? new TLSSocket(socket, { isServer: true, ...options.tls }) : socket;
    stream.on('error', () => {});
    if (options.dieAfterBytes) breakAfter(socket, options.dieAfterBytes);
    screen.serve(stream, running.accept).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const running: TestVncServer = {
    host: '127.0.0.1',
    port,
    accept: options.accept ?? {},
    closed: false,
    connections: () => count,
    viewers: () => screen.viewers,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await screen[Symbol.asyncDispose]();
      await closed;
    },
  };
  return running;
}

/** Breaks a connection once so many bytes have been sent on it. */
function breakAfter(socket: Socket, bytes: number): void {
  const write = socket.write.bind(socket);
  socket.write = ((chunk: Buffer, ...rest: []) => {
    const sent = write(chunk, ...rest);
    if (socket.bytesWritten > bytes) socket.destroy();
    return sent;
  }) as Socket['write'];
}
