import { MeshError } from '@consolemesh/errors';
import type { Client, ClientChannel } from 'ssh2';
import { printable } from '../printable.ts';

/** A terminal as most people have it; the size follows when somebody has told it. */
const terminal = { term: 'xterm-256color', cols: 80, rows: 24, width: 0, height: 0 };

/**
 * Opens a shell with a terminal, which is the console, or a command line that leads to it.
 * @throws MeshError BMC_CONSOLE_DISABLED, UPSTREAM_CLOSED, CANCELLED
 */
export async function openShell(client: Client, where: string, signal: AbortSignal): Promise<ClientChannel> {
  return await new Promise<ClientChannel>((resolve, reject) => {
    const abort = () => reject(new MeshError('CANCELLED'));
    const closed = () =>
      reject(
        new MeshError('UPSTREAM_CLOSED', `${where}: the SSH server closed the connection after the login.`),
      );
    client.once('close', closed);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    client.shell(terminal, (error, channel) => {
      client.off('close', closed);
      signal.removeEventListener('abort', abort);
      if (!error) return resolve(channel);
      const text = `${where}: the SSH server accepts the user but opens no terminal (${printable(error.message)}); the user may not be allowed to use the console.`;
      reject(new MeshError('BMC_CONSOLE_DISABLED', text, { cause: error }));
    });
  });
}
