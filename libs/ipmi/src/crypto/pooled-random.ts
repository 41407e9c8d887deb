import { randomBytes } from 'node:crypto';

/** Random bytes that are drawn at once and handed out once. */
const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let at = 0;

/** As `randomBytes`, for the 16 bytes that every packet needs: a call into the generator for each would cost more than the encryption. */
export function pooledRandom(bytes: number): Buffer {
  if (bytes > POOL_BYTES) return randomBytes(bytes);
  if (at + bytes > pool.length) {
    // A new one, since parts of the old are still in use.
    pool = randomBytes(POOL_BYTES);
    at = 0;
  }
  at += bytes;
  return pool.subarray(at - bytes, at);
}
