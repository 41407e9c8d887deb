import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections, and below the 32768 of programs that keep ports with a sign: nobody takes one
 * by chance while the part that has it is down.
 */
const range = [12_000, 32_000] as const;

/** Different ports of 127.0.0.1 that nobody had a moment ago, neither of TCP nor of UDP. */
export async function lowPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = range[0] + Math.floor(Math.random() * (range[1] - range[0]));
    if ((await isFreeOfTcp(port)) && (await isFreeOfUdp(port))) found.add(port);
  }
  return [...found];
}

/** Those of the ports at which somebody listens, of TCP or UDP. */
export async function takenPorts(ports: readonly number[]): Promise<number[]> {
  const taken: number[] = [];
  for (const port of ports) if (!(await isFreeOfTcp(port)) || !(await isFreeOfUdp(port))) taken.push(port);
  return taken;
}

async function isFreeOfTcp(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function isFreeOfUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
