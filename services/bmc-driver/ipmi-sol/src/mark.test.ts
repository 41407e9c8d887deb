import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMark, encodeMark, isLeftBy } from './mark.ts';
import { ownerInWords } from './owner.ts';

const owner = { id: 0x1f, user: 3, name: 'root', address: '10.0.0.9', port: 50_123 };

describe('the mark of an open console', () => {
  it('comes back as it was written', () => {
    for (const mark of [{ session: 7 }, { session: 7, owner }]) {
      expect(decodeMark(encodeMark(mark))).toEqual(mark);
    }
  });

  it('is none where anything else was written', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeMark(Buffer.from(bytes))).toBe(undefined);
      }),
    );
    for (const text of ['', '{}', 'null', '1', '{"v":2,"session":1}', '{"v":1,"session":"1"}']) {
      expect(decodeMark(Buffer.from(text))).toBe(undefined);
    }
    expect(decodeMark(Buffer.from('{"v":1,"session":1,"owner":{"id":"x"}}'))).toEqual({ session: 1 });
  });

  it.each([
    ['the same session', owner, true],
    ['the same number for another user', { ...owner, user: 4 }, false],
    ['the same number from elsewhere', { ...owner, address: '10.0.0.8' }, false],
    ['the same number from another port', { ...owner, port: 50_124 }, false],
    ['another number', { ...owner, id: 0x20 }, false],
    ['a number that is all the BMC tells', { id: owner.id }, true],
    ['nobody', undefined, false],
  ])('knows %s', (_what, found, ours) => {
    expect(isLeftBy(found, { session: 1, owner })).toBe(ours);
    expect(isLeftBy(found, undefined)).toBe(false);
  });

  it('is compared by the session where a BMC did not name its owner', () => {
    expect(isLeftBy({ id: 9 }, { session: 9 })).toBe(true);
    expect(isLeftBy({ id: 9 }, { session: 8 })).toBe(false);
  });
});

it.each([
  [owner, 'user "root" at 10.0.0.9:50123 (BMC session 0x1f)'],
  [{ id: 2, user: 3 }, 'user 3 (BMC session 0x2)'],
  [{ id: 2, address: '10.0.0.9' }, 'somebody at 10.0.0.9 (BMC session 0x2)'],
  [{ id: 2 }, 'somebody (BMC session 0x2)'],
  [undefined, 'somebody else'],
])('an owner is told as far as it is known: %o', (known, words) => {
  expect(ownerInWords(known)).toBe(words);
});
