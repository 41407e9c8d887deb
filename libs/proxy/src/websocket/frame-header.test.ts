import { describe, expect, it } from 'vitest';
import { closeFrame, serverFrame, writeServerHeader } from './frame-header.ts';

describe('the header of a frame to a client', () => {
  it.each([
    [0, '8200'],
    [125, '827d'],
    [126, '827e007e'],
    [65_535, '827effff'],
    [65_536, '827f0000000000010000'],
    [2 ** 33 + 5, '827f0000000200000005'],
  ])('for %i bytes of payload ends where the payload begins', (length, hex) => {
    const bytes = Buffer.alloc(12);
    const start = writeServerHeader(bytes, 12, 2, length);
    expect(bytes.subarray(start).toString('hex')).toBe(hex);
  });

  it('stands in front of a payload of its own', () => {
    expect(serverFrame(1, Buffer.from('hi')).toString('hex')).toBe('81026869');
  });

  it('of a close frame holds the code and at most 123 bytes of the reason', () => {
    expect(closeFrame(4451, 'TOKEN_EXPIRED').subarray(2, 4).readUInt16BE()).toBe(4451);
    expect(closeFrame(4451, 'x'.repeat(500))).toHaveLength(127);
  });
});
