import type { Duplex } from 'node:stream';
import { duplexPair, trickle } from '@consolemesh/bytes/testing';
import fc from 'fast-check';
import type { PixelFormat } from './pixel-format.ts';

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

/** Any true-colour format whose channels fit and do not overlap. */
export const anyFormat: fc.Arbitrary<PixelFormat> = fc
  .record({
    bits: fc.constantFrom(8 as const, 16 as const, 32 as const),
    bigEndian: fc.boolean(),
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
  })
  .map(({ bits, bigEndian, order }) => {
    const widths = bits === 8 ? [3, 3, 2] : bits === 16 ? [5, 6, 5] : [8, 8, 8];
    const shifts: number[] = [];
    let at = 0;
    for (const i of order) {
      shifts[i] = at;
      at += widths[i]!;
    }
    const [redMax, greenMax, blueMax] = widths.map((w) => 2 ** w - 1) as [number, number, number];
    const [redShift, greenShift, blueShift] = shifts as [number, number, number];
    return {
      bitsPerPixel: bits,
      depth: at,
      bigEndian,
      trueColour: true,
      redMax,
      greenMax,
      blueMax,
      redShift,
      greenShift,
      blueShift,
    };
  });
