import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Bmc } from './create-bmc.ts';

/** A BMC on a UDP port. */
export interface BmcServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * The BMC then names this port in its answers, as a real one does.
 * @param options.port default 0: a free one
 */
export async function serveBmc(
  bmc: Bmc,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<BmcServer> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  let closed = false;
  socket.on('message', (packet, sender) => {
    bmc.receive(packet, `${sender.address}:${sender.port}`, (answer) => {
      if (!closed) socket.send(answer, sender.port, sender.address, () => {});
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve();
    });
  });
  bmc.port = socket.address().port;
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}
