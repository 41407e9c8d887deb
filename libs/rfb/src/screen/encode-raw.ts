import type { PixelCodec } from './pixel-codec.ts';
import type { Rect, Screen } from './screen.ts';

/** Raw (0): the pixels of the rectangle, row by row, `width × height × bytes per pixel`. */
export function encodeRaw(screen: Screen, { x, y, width, height }: Rect, codec: PixelCodec): Buffer {
  const stride = width * codec.bytesPerPixel;
  const out = Buffer.allocUnsafe(stride * height);
  for (let row = 0; row < height; row++) {
    codec.encode(screen.pixels, (y + row) * screen.width + x, width, out, row * stride);
  }
  return out;
}
