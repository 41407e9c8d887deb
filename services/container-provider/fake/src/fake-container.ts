import { createServer, type Socket } from 'node:net';
import type { ContainerSpec } from '@consolemesh/provider-sdk';
import { createFramebuffer, createFramebufferServer } from '@consolemesh/rfb';
import type { FakeAppInfo } from './app-info.ts';

/** A "container": a VNC server on a free port of this host that shows two colours. */
export interface FakeContainer extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  /** Viewers past the handshake. */
  viewers(): number;
}

/** Starts one. */
export async function startFakeContainer(spec: ContainerSpec, info: FakeAppInfo): Promise<FakeContainer> {
  const framebuffer = createFramebuffer(320, 200);
  framebuffer.fill({ x: 0, y: 0, width: 160, height: 200 }, 0x224488);
  framebuffer.fill({ x: 160, y: 0, width: 160, height: 200 }, 0xeeeeee);
  const screen = createFramebufferServer({ framebuffer, name: `${spec.app} ${spec.nodeName}` });
  const accept = { security: ['VNC'] as const, expected: { password: spec.consolePassword } };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (info.silent) return;
    if (info.dieAfterBytes > 0) breakAfter(socket, info.dieAfterBytes);
    screen.serve(socket, accept).catch(() => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: { host: '127.0.0.1', port: (server.address() as { port: number }).port },
    viewers: () => screen.viewers,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await screen[Symbol.asyncDispose]();
      await closed;
    },
  };
}

function breakAfter(socket: Socket, bytes: number): void {
  const write = socket.write.bind(socket);
  socket.write = ((chunk: Buffer, ...rest: []) => {
    const sent = write(chunk, ...rest);
    if (socket.bytesWritten > bytes) socket.destroy();
    return sent;
  }) as Socket['write'];
}
