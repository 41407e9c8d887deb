import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createCredential, credentialLength, hashCredential, sameHash } from './credential.ts';

describe('credentials', () => {
  test('are 256 bits in 43 characters, and none comes twice', () => {
    const texts = Array.from({ length: 1_000 }, () => createCredential().text);
    expect(new Set(texts).size).toBe(1_000);
    for (const text of texts) {
      expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(text, 'base64url')).toHaveLength(32);
    }
  });

  test('are found by the hash of exactly their text', () => {
    const { text, hash } = createCredential();
    expect(hash).toHaveLength(32);
    expect(sameHash(hash, hashCredential(text))).toBe(true);
  });

  test.prop([fc.nat(credentialLength - 1), fc.string({ minLength: 1, maxLength: 100 })])(
    'are not found by a part, a continuation or another spelling of themselves',
    (cut, more) => {
      const { text, hash } = createCredential();
      const last = text.at(-1)!;
      // The last character carries four bits; its two spare ones make three more spellings of the same bytes.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const other = alphabet[alphabet.indexOf(last) ^ 1]!;
      expect(Buffer.from(text.slice(0, -1) + other, 'base64url')).toEqual(Buffer.from(text, 'base64url'));
      for (const wrong of [
        text.slice(0, cut),
        text + more,
        `${text}=`,
        text.slice(0, -1) + other,
        ` ${text}`,
      ]) {
        expect(sameHash(hash, hashCredential(wrong))).toBe(false);
      }
    },
  );

  test.prop([fc.oneof(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.string({ maxLength: 5_000 }))])(
    'any text is hashed into 32 bytes without a complaint',
    (text) => {
      expect(hashCredential(text)).toHaveLength(32);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 })])(
    'hashes are the same only when they are equal byte for byte',
    (one, other) => {
      expect(sameHash(one, other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
    },
  );
});
