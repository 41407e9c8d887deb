import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteWriter } from './index.ts';

it('writes fields big-endian in order', () => {
  const bytes = byteWriter(1).u8(1).u16(0x0203).u32(0x04050607).i32(-2).text('é').zeros(2).toBuffer();
  expect(bytes.toString('hex')).toBe('01020304050607fffffffec3a90000');
});

it('keeps every byte when it has to grow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 })),
      fc.integer({ min: 0, max: 8 }),
      (parts, capacity) => {
        const writer = byteWriter(capacity);
        for (const part of parts) writer.bytes(part);
        expect(writer.toBuffer()).toEqual(Buffer.concat(parts));
      },
    ),
  );
});
