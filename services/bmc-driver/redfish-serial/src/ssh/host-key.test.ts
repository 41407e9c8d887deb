import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { isPinned, readHostKey } from './host-key.ts';

/** `ssh-keygen -lf` prints this of `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI` and 32 zero bytes. */
const blob = Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32),
]);

describe('a host key', () => {
  it('has its type and the fingerprint that ssh-keygen prints', () => {
    expect(readHostKey(blob)).toEqual({
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk',
    });
  });

  it.prop([fc.uint8Array({ maxLength: 200 })])(
    'is read from any bytes, and is pinned by itself alone',
    (bytes) => {
      const key = readHostKey(Buffer.from(bytes));
      expect(key.type).toMatch(/^[\w.@ -]+$/);
      const hex = Buffer.from(key.fingerprint.slice(7), 'base64').toString('hex');
      for (const pin of [
        key.fingerprint,
        `${key.fingerprint}=`,
        hex,
        hex.toUpperCase(),
        `SHA256:${'A'.repeat(43)}, ${hex}`,
      ])
        expect(isPinned(key, pin)).toBe(true);
      for (const pin of ['', 'SHA256:', `SHA256:${'A'.repeat(43)}`, hex.slice(2), 'x'])
        expect(isPinned(key, pin)).toBe(false);
    },
  );
});
