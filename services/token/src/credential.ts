import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Characters of a token or a resume ticket: 256 random bits in base64url. */
export const credentialLength = 43;

/** How much of what a stranger sends is hashed; longer than a credential, so that no prefix of a long text passes for one. */
const longestHashed = 64;

/** A secret as its bearer holds it, and as it is stored. */
export interface Credential {
  /** 43 characters of base64url. Given to the bearer, never stored. */
  readonly text: string;
  /** SHA-256 of the text, 32 bytes. */
  readonly hash: Buffer;
}

/** Makes a token or a resume ticket: 256 bits from the system's generator. */
export function createCredential(): Credential {
  const text = randomBytes(32).toString('base64url');
  return { text, hash: hashCredential(text) };
}

/**
 * SHA-256 of what somebody sent. Text of any form and length costs the same and is looked up like any other, so that neither the
 * time nor the answer tells how near a guess was. The text itself is hashed and not the bytes it stands for: base64url has four
 * spellings for the last two bits, and only the one that was issued counts.
 */
export function hashCredential(text: string): Buffer {
  return createHash('sha256').update(text.slice(0, longestHashed), 'utf8').digest();
}

/** Whether two hashes are the same, in constant time. The look-up by index has found it; this is what decides. */
export function sameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
