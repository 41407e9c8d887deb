import { createServer, type Socket } from 'node:net';
import { createFramebuffer, createFramebufferServer, refuseClient } from '@consolemesh/rfb';

/** A machine's VNC server that tells when a viewer has come past the handshake and when it has left; probes do not count. */
export interface VncTarget extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Viewers at present. */
  readonly viewers: number;
  /** Keys that were pressed, in order. */
  readonly keys: readonly number[];
  /** Breaks every connection without a word. */
  reset(): void;
}

/** Starts one on a free port of 127.0.0.1 that bears `most` viewers. */
export async function startVncTarget(
  onViewer: (what: 'opened' | 'closed') => void = () => {},
  { most = Number.POSITIVE_INFINITY } = {},
): Promise<VncTarget> {
  const framebuffer = createFramebuffer(32, 16);
  framebuffer.fill({ x: 0, y: 0, width: 32, height: 16 }, 0x336699);
  const keys: number[] = [];
  const sockets = new Set<Socket>();
  let viewers = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (viewers >= most) return void refuseClient(socket, 'Too many sessions').catch(() => {});
    // A screen server for each connection, so that its first write past the handshake tells whose it is.
    const screen = createFramebufferServer({
      framebuffer,
      onKey: (key, down) => void (down && keys.push(key)),
    });
    let counted = false;
    const write = socket.write.bind(socket);
    socket.write = ((chunk: Buffer, ...rest: []) => {
      if (!counted && screen.viewers === 1) {
        counted = true;
        viewers += 1;
        onViewer('opened');
      }
      return write(chunk, ...rest);
    }) as Socket['write'];
    socket.once('close', () => {
      sockets.delete(socket);
      if (!counted) return;
      viewers -= 1;
      onViewer('closed');
    });
    screen.serve(socket).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    get viewers() {
      return viewers;
    },
    keys,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
