import { describe, expect, it } from 'vitest';
import { charactersIn, isSessionPort } from './sizes.ts';

describe('the size that Activate Payload names', () => {
  it.each([
    ['as it stands, without the header', 32, 28],
    ['as the largest there is', 259, 255],
    ['as the smallest there is', 5, 1],
    ['with its bytes swapped', 0x2000, 28],
    ['as 32 bytes when it is nonsense', 0xffff, 28],
    ['as 32 bytes when it is zero', 0, 28],
    ['as 32 bytes when nothing fits into it', 4, 28],
  ])('is taken %s', (_how, bytes, characters) => {
    expect(charactersIn(bytes)).toBe(characters);
  });
});

describe('the port that Activate Payload names', () => {
  it.each([
    [623, 623, true],
    [0x6f02, 623, true],
    [0, 623, true],
    [0xffff, 623, true],
    [623, 9623, true],
    [0x6f02, 9623, true],
    [9623, 9623, true],
    [2068, 623, false],
  ])('%i, seen from a session on %i: the same is %s', (named, session, same) => {
    expect(isSessionPort(named, session)).toBe(same);
  });
});
