import { connect, type Socket } from 'node:net';
import { startTls } from '@consolemesh/tls';
import type { Progress } from './progress.ts';
import type { Destination } from './target.ts';

/**
 * Opens a connection for the first request that needs one, within that request's deadline. Settles at once when the
 * signal fires, whatever name service or peer are doing.
 */
export async function dial(to: Destination, progress: Progress): Promise<Socket> {
  const { signal } = progress.limit;
  progress.awaiting = 'the connection';
  const socket = connect({
    host: to.host,
    port: to.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  });
  // Stays: an error between two owners of the socket must not end the process.
  socket.on('error', () => {});
  let onAbort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(new Error('stopped'));
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    if (to.trust === undefined) return socket;
    progress.awaiting = 'the TLS handshake';
    return await startTls(socket, to.trust, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
