import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePixelFormat, PIXEL_FORMAT, parsePixelFormat } from '../pixel-format.ts';
import { anyFormat } from '../testing.ts';
import { pixelCodec } from './pixel-codec.ts';

describe('pixel formats', () => {
  it('come back from the wire as they went', () => {
    fc.assert(
      fc.property(anyFormat, (f) => {
        expect(parsePixelFormat(encodePixelFormat(f))).toEqual(f);
      }),
    );
  });

  it.each([
    ['24 bits per pixel', { bitsPerPixel: 24 as never }],
    ['a channel beyond the pixel', { redShift: 30 }],
    ['a channel without colours', { blueMax: 0 }],
  ])('with %s are impossible', (_what, change) => {
    expect(parsePixelFormat(encodePixelFormat({ ...PIXEL_FORMAT.rgb888, ...change }))).toBeUndefined();
  });
});

describe('pixelCodec', () => {
  it.each([
    ['rgb888', 0x112233, '33221100'],
    ['bgr888', 0x112233, '11223300'],
    ['rgb565', 0xff0000, '00f8'],
    ['rgb555', 0x00ff00, 'e003'],
    ['bgr233', 0x0000ff, 'c0'],
  ] as const)('lays a pixel out as %s', (name, rgb, hex) => {
    const codec = pixelCodec(PIXEL_FORMAT[name]);
    const wire = Buffer.alloc(codec.bytesPerPixel);
    codec.encode(Uint32Array.of(rgb), 0, 1, wire, 0);
    expect(wire.toString('hex')).toBe(hex);
  });

  it('gives every wire pixel back exactly after a round trip through RGB', () => {
    fc.assert(
      fc.property(anyFormat, fc.uint8Array({ minLength: 4, maxLength: 64 }), (format, noise) => {
        const codec = pixelCodec(format);
        const n = Math.floor(noise.length / codec.bytesPerPixel);
        const pixels = new Uint32Array(n);
        const first = Buffer.alloc(n * codec.bytesPerPixel);
        codec.decode(Buffer.from(noise), 0, pixels, 0, n);
        codec.encode(pixels, 0, n, first, 0);
        const again = new Uint32Array(n);
        codec.decode(first, 0, again, 0, n);
        expect(again).toEqual(pixels);
        // 32-bit formats have padding bits, which need not survive.
        if (format.bitsPerPixel !== 32) expect(first).toEqual(Buffer.from(noise).subarray(0, first.length));
      }),
    );
  });
});
