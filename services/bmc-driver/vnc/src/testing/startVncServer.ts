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
  /** Changes what is asked of the next viewers. */
  accept: AcceptOptions;
}

/** Starts one on a free port of 127.0.0.1; `tls` puts TLS around everything. */
export async function startVncServer(
  options: { accept?: AcceptOptions; tls?: { key: string; cert: string } } = {},
): Promise<TestVncServer> {
  const framebuffer = createFramebuffer(64, 48);
  const screen = createFramebufferServer({ framebuffer, name: 'test screen' });
  const sockets = new Set<Socket>();
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    const stream = options.tls ? new TLSSocket(socket, { isServer: true, ...options.tls }) : socket;
    stream.on('error', () => {});
    screen.serve(stream, running.accept).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const running: TestVncServer = {
    host: '127.0.0.1',
    port,
    accept: options.accept ?? {},
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
