import { createCipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecurityMethod } from './method.ts';

export const CHALLENGE_BYTES = 16;

/**
 * Type 2 and the VeNCrypt *Vnc subtypes (RFC 6143 section 7.2.2):
 * ```
 * server: 16 bytes challenge
 * client: 16 bytes = DES-ECB(key, challenge)
 * ```
 */
export const vnc: SecurityMethod = {
  needs: ['password'],
  async prove(h, { password = '' }) {
    h.awaiting = 'the VNC authentication challenge';
    h.write(answerChallenge(password, await h.reader.read(CHALLENGE_BYTES)));
  },
  async verify(h, { password = '', challenge = () => randomBytes(CHALLENGE_BYTES) }) {
    const sent = challenge();
    h.write(sent);
    h.awaiting = 'the answer to the VNC authentication challenge';
    return timingSafeEqual(await h.reader.read(CHALLENGE_BYTES), answerChallenge(password, sent));
  },
};

/**
 * The key is the first 8 bytes of the password (UTF-8), zero-padded, with the bits of every byte reversed.
 * Single DES is not in OpenSSL 3's default provider; triple DES with one key three times is the same function.
 */
export function answerChallenge(password: string, challenge: Buffer): Buffer {
  const key = Buffer.alloc(8);
  Buffer.from(password, 'utf8').copy(key, 0, 0, 8);
  for (let i = 0; i < 8; i++) key[i] = reverseBits(key[i]!);
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 0x80 >> bit;
  return reversed;
}
