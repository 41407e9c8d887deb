import { createServer, type Socket } from 'node:net';
import type { Kind } from '@consolemesh/driver-sdk';
import { dieAfter } from './die-after.ts';
import type { FakeMachine } from './fake-machine.ts';

/** A console of a fake machine on a TCP port of this host. */
export interface TcpFace extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Opens a free port of 127.0.0.1: RFB with the password for screens, the bare line for serial consoles. */
export async function openTcpFace(
  machine: FakeMachine,
  kind: Kind,
  options: { password: string; dieAfterBytes: number },
): Promise<TcpFace> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    dieAfter(socket, options.dieAfterBytes);
    if (kind === 'serial') {
      machine.line.join(socket);
    } else {
      const accept = { security: ['VNC'] as const, expected: { password: options.password } };
      machine.screen.serve(socket, accept).catch(() => {});
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    host: '127.0.0.1',
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
