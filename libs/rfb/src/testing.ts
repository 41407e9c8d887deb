import type { Duplex } from 'node:stream';
import { duplexPair, trickle } from '@consolemesh/bytes/testing';

/** A viewer end and a server end; both sides get what the other wrote in pieces of `n` bytes. */
export function connection(n = 65_536): { viewer: Duplex; server: Duplex } {
  const [a, b] = duplexPair();
  return n >= 65_536 ? { viewer: a, server: b } : { viewer: trickle(a, n), server: trickle(b, n) };
}

/** A server end that says `script` at once and then stays silent. */
export function scripted(script: Buffer | string, { end = false, n = 65_536 } = {}): Duplex {
  const { viewer, server } = connection(n);
  server.on('error', () => {});
  server.resume();
  server.write(script);
  if (end) server.end();
  return viewer;
}

/** The error of a promise that must fail. */
export async function failure(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; details?: unknown }> {
  return promise.then(
    () => {
      throw new Error('expected a failure, but it succeeded');
    },
    (error) => error,
  );
}
