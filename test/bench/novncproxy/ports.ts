import { connect } from 'node:net';
import type { Process } from './processes.ts';

/** Everything listens here. */
export const host = '127.0.0.1';

/** Resolves when something listens there; rejects when the process dies first, or after a minute. */
export async function listens(process: Process, port: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (await Promise.race([process.died, reaches(port)])) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${process.name} does not listen on port ${port}`);
}

function reaches(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
