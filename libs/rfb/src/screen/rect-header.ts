import type { Rect } from './screen.ts';

export const RECT_HEADER_BYTES = 12;

/** Head of every rectangle: `U16 x | U16 y | U16 width | U16 height | I32 encoding`. */
export function encodeRectHeader({ x, y, width, height }: Rect, encoding: number): Buffer {
  const b = Buffer.allocUnsafe(RECT_HEADER_BYTES);
  b.writeUInt16BE(x, 0);
  b.writeUInt16BE(y, 2);
  b.writeUInt16BE(width, 4);
  b.writeUInt16BE(height, 6);
  b.writeInt32BE(encoding, 8);
  return b;
}

export function parseRectHeader(b: Buffer): { rect: Rect; encoding: number } {
  return {
    rect: { x: b.readUInt16BE(0), y: b.readUInt16BE(2), width: b.readUInt16BE(4), height: b.readUInt16BE(6) },
    encoding: b.readInt32BE(8),
  };
}

/** FramebufferUpdate's head: `U8 0 | U8 padding | U16 number of rectangles` (65535 = until LastRect). */
export function encodeUpdateHeader(rectangles: number): Buffer {
  return Buffer.from([0, 0, rectangles >> 8, rectangles & 0xff]);
}
