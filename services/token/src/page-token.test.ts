import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { decodePageToken, encodePageToken } from './page-token.ts';

test.prop([fc.nat({ max: 999_999_999_999_999 }), fc.uuid()])(
  'a position survives the way there and back',
  (issuedAt, tokenId) => {
    expect(decodePageToken(encodePageToken({ issuedAt, tokenId }))).toEqual({ issuedAt, tokenId });
  },
);

test.prop([fc.string({ unit: 'binary', minLength: 1, maxLength: 400 })])(
  'anything else is refused with the name of the field',
  (text) => {
    expect(() => decodePageToken(text)).toThrow(
      expect.objectContaining({
        reason: 'FIELD_INVALID',
        violations: [expect.objectContaining({ field: 'page_token' })],
      }),
    );
  },
);

test('nothing means from the start', () => {
  expect(decodePageToken('')).toBeUndefined();
});
