import { type Cipher, createCipheriv, createDecipheriv, type Decipher } from 'node:crypto';
import { malformed } from '../codec/fields.ts';

/** AES-CBC-128 under the key of one session (IPMI 2.0 section 13.29). */
export interface Confidentiality {
  /**
   * ```
   * IV | AES(payload | 01 02 03 … | U8 pad length 0..15)
   * ```
   * @param iv 16 random bytes, never used twice
   */
  encrypt(payload: Uint8Array, iv: Uint8Array): Buffer;
  /** @throws IpmiError MALFORMED: no whole blocks, or a pad that was not made like this */
  decrypt(sealed: Uint8Array): Buffer;
}

const BLOCK = 16;
export const IV_BYTES = 16;

/**
 * One cipher each way for the whole session, because making one takes four times as long as what it does to a packet. CBC allows it:
 * - Decrypting, each block depends on the ciphertext before it alone. The IV goes through like a block, and what comes out for it is dropped.
 * - Encrypting, the cipher mixes the last block it made into the first one of the next packet. That block is taken out beforehand and the IV
 *   put in, so the bytes are those of a new cipher with this IV.
 * @param k2 only its first 16 bytes are used
 */
export function createConfidentiality(k2: Uint8Array): Confidentiality {
  const key = k2.subarray(0, 16);
  /** What the cipher mixes in next. */
  const chained = Buffer.alloc(BLOCK);
  let cipher: Cipher | undefined;
  let decipher: Decipher | undefined;

  return {
    encrypt(payload, iv) {
      const plain = padded(payload);
      for (let i = 0; i < BLOCK; i++) plain[i]! ^= iv[i]! ^ chained[i]!;
      cipher ??= createCipheriv('aes-128-cbc', key, chained).setAutoPadding(false);
      const blocks = cipher.update(plain);
      blocks.copy(chained, 0, blocks.length - BLOCK);
      return Buffer.concat([iv, blocks]);
    },
    decrypt(sealed) {
      if (sealed.length < IV_BYTES + BLOCK || sealed.length % BLOCK !== 0) {
        throw malformed(`an encrypted payload of ${sealed.length} bytes`);
      }
      decipher ??= createDecipheriv('aes-128-cbc', key, chained).setAutoPadding(false);
      return unpadded(decipher.update(sealed).subarray(IV_BYTES));
    },
  };
}

function padded(payload: Uint8Array): Buffer {
  const pad = (BLOCK - ((payload.length + 1) % BLOCK)) % BLOCK;
  const plain = Buffer.allocUnsafe(payload.length + pad + 1);
  plain.set(payload);
  for (let i = 0; i < pad; i++) plain[payload.length + i] = i + 1;
  plain[plain.length - 1] = pad;
  return plain;
}

function unpadded(plain: Buffer): Buffer {
  const pad = plain[plain.length - 1]!;
  const end = plain.length - 1 - pad;
  if (pad >= BLOCK || end < 0) throw malformed(`an encrypted payload with a pad of ${pad} bytes`);
  for (let i = 0; i < pad; i++) {
    if (plain[end + i] !== i + 1) throw malformed('an encrypted payload with a broken pad');
  }
  return plain.subarray(0, end);
}
