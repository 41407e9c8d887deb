import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { UsageError } from '../exit-codes.ts';

/** A port that is wanted, and how its user chooses another. */
export interface Wanted {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Such as `--port`. */
  readonly option: string;
}

/**
 * Looks whether a port is free and answers its number, so that a taken one is named together with the option that chooses another,
 * before anything is started. Throws UsageError.
 */
export async function claimPort({ host, port, option }: Wanted): Promise<number> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  } catch (error) {
    throw new UsageError(whyNot(error as NodeJS.ErrnoException, { host, port, option }), { cause: error });
  } finally {
    server.close();
  }
}

function whyNot({ code, message }: NodeJS.ErrnoException, { host, port, option }: Wanted): string {
  if (code === 'EADDRINUSE')
    return `port ${port} on ${host} is taken by another program; choose another with ${option} ${port + 1}`;
  if (code === 'EACCES')
    return `port ${port} may be opened by root only; choose one above 1023 with ${option}`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${host} is no address of this machine; choose one with --host`;
  return `cannot listen on ${host}:${port}: ${message}`;
}

/** How a browser names a host that is listened on: for "everywhere", the first address that others can reach. */
export function publicHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
