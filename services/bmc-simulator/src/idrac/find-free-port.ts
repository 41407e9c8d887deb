import { randomInt } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';

/**
 * A port of a host that nobody listens on now, for an attribute that has to say it before anybody does. It lies below the range from
 * which systems take the ports of outgoing connections, so that none of those gets in the way later.
 */
export async function findFreePort(host: string, tries = 50): Promise<number> {
  for (let left = tries; left > 0; left--) {
    const port = await tryPort(host, randomInt(20_000, 32_000));
    if (port !== undefined) return port;
  }
  throw new Error(`no free port was found on ${host}`);
}

function tryPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(undefined) : reject(error),
    );
    server.listen(port, host, () => {
      const found = (server.address() as AddressInfo).port;
      server.close(() => resolve(found));
    });
  });
}
