import { connect, type Socket } from 'node:net';
import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';
import { bmcError } from './bmc-error.ts';

/** `host:port` for messages, with brackets around an IPv6 address. */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Opens a TCP connection. All addresses of a name are tried.
 * @throws MeshError BMC_REFUSED, BMC_UNREACHABLE, BMC_NAME_NOT_FOUND, BMC_TIMEOUT, CANCELLED
 */
export async function connectTcp(
  to: { readonly host: string; readonly port: number },
  options: { readonly signal?: AbortSignal; readonly deadlineMs?: number } = {},
): Promise<Socket> {
  const where = formatHostPort(to.host, to.port);
  const ms = options.deadlineMs ?? 10_000;
  using limit = deadline(ms, options.signal);
  const socket = connect({
    host: to.host,
    port: to.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const abort = () =>
        reject(
          limit.expired
            ? new MeshError(
                'BMC_TIMEOUT',
                `${where}: no connection within ${ms} ms; check address and firewall.`,
              )
            : new MeshError('CANCELLED'),
        );
      if (limit.signal.aborted) abort();
      limit.signal.addEventListener('abort', abort, { once: true });
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } catch (error) {
    socket.once('error', () => {});
    socket.destroy();
    throw bmcError(error, where);
  }
  // An error between here and the next owner's first listener must not end the process; `destroyed` tells the next owner.
  socket.on('error', () => {});
  return socket;
}
