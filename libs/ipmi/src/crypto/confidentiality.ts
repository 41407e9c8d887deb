import { createCipheriv, createDecipheriv } from 'node:crypto';
import { malformed } from '../codec/fields.ts';

const BLOCK = 16;
export const IV_BYTES = 16;

/**
 * AES-CBC-128 (IPMI 2.0 section 13.29).
 * ```
 * IV | AES(payload | 01 02 03 … | U8 pad length 0..15)
 * ```
 * @param k2 only its first 16 bytes are used
 * @param iv 16 random bytes, never used twice
 */
export function encrypt(payload: Uint8Array, k2: Uint8Array, iv: Uint8Array): Buffer {
  const pad = (BLOCK - ((payload.length + 1) % BLOCK)) % BLOCK;
  const plain = Buffer.allocUnsafe(payload.length + pad + 1);
  plain.set(payload);
  for (let i = 0; i < pad; i++) plain[payload.length + i] = i + 1;
  plain[plain.length - 1] = pad;
  const cipher = createCipheriv('aes-128-cbc', k2.subarray(0, 16), iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
}

/** @throws IpmiError MALFORMED: no whole blocks, or a pad that was not made like this */
export function decrypt(sealed: Uint8Array, k2: Uint8Array): Buffer {
  if (sealed.length < IV_BYTES + BLOCK || sealed.length % BLOCK !== 0) {
    throw malformed(`an encrypted payload of ${sealed.length} bytes`);
  }
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-128-cbc', k2.subarray(0, 16), iv).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES)), decipher.final()]);
  const pad = plain[plain.length - 1]!;
  const end = plain.length - 1 - pad;
  if (pad >= BLOCK || end < 0) throw malformed(`an encrypted payload with a pad of ${pad} bytes`);
  for (let i = 0; i < pad; i++) {
    if (plain[end + i] !== i + 1) throw malformed('an encrypted payload with a broken pad');
  }
  return plain.subarray(0, end);
}
