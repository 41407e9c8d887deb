import { ENCODING } from '../encodings.ts';
import type { PixelCodec } from '../screen/pixel-codec.ts';
import { encodeRectHeader } from '../screen/rect-header.ts';
import type { CursorShape } from './framebuffer.ts';

/** DesktopSize (-223): an empty rectangle whose width and height are the new size. */
export function encodeDesktopSize({ width, height }: { width: number; height: number }): Buffer {
  return encodeRectHeader({ x: 0, y: 0, width, height }, ENCODING.DesktopSize);
}

/**
 * ExtendedDesktopSize (-308): x = reason, y = status, width and height as above, then
 * `U8 screens | 3 padding | screens × (U32 id, U16 x, U16 y, U16 width, U16 height, U32 flags)`.
 * @param reason 0 server, 1 this viewer asked, 2 another viewer asked
 * @param status 0 ok, 1 prohibited, 2 out of resources, 3 invalid layout
 */
export function encodeExtendedDesktopSize(
  { width, height }: { width: number; height: number },
  reason: number,
  status: number,
): Buffer {
  const screens = Buffer.alloc(20);
  screens[0] = 1;
  screens.writeUInt16BE(width, 12);
  screens.writeUInt16BE(height, 14);
  const head = encodeRectHeader({ x: reason, y: status, width, height }, ENCODING.ExtendedDesktopSize);
  return Buffer.concat([head, screens]);
}

/**
 * Cursor (-239): x, y = hot spot; then `width × height` pixels and a bit mask, each row padded to a byte,
 * most significant bit leftmost.
 */
export function encodeCursor(cursor: CursorShape, codec: PixelCodec): Buffer {
  const { width, height, hotX, hotY } = cursor;
  const pixels = Buffer.alloc(width * height * codec.bytesPerPixel);
  codec.encode(cursor.pixels, 0, width * height, pixels, 0);
  const stride = Math.ceil(width / 8);
  const mask = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (cursor.mask[y * width + x]) mask[y * stride + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return Buffer.concat([
    encodeRectHeader({ x: hotX, y: hotY, width, height }, ENCODING.Cursor),
    pixels,
    mask,
  ]);
}
