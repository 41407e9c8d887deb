/** How a pixel is laid out on the wire (RFC 6143 section 7.4). Maxima are 2^n − 1 per channel. */
export interface PixelFormat {
  bitsPerPixel: 8 | 16 | 32;
  depth: number;
  bigEndian: boolean;
  trueColour: boolean;
  redMax: number;
  greenMax: number;
  blueMax: number;
  redShift: number;
  greenShift: number;
  blueShift: number;
}

const trueColour = (
  bitsPerPixel: 8 | 16 | 32,
  depth: number,
  [redMax, greenMax, blueMax]: [number, number, number],
  [redShift, greenShift, blueShift]: [number, number, number],
): PixelFormat => ({
  bitsPerPixel,
  depth,
  bigEndian: false,
  trueColour: true,
  ...{ redMax, greenMax, blueMax, redShift, greenShift, blueShift },
});

/** The formats met most often, all little-endian. */
export const PIXEL_FORMAT = {
  /** What most servers announce: 0x00RRGGBB. */
  rgb888: trueColour(32, 24, [255, 255, 255], [16, 8, 0]),
  /** What noVNC asks for: bytes R, G, B, 0. */
  bgr888: trueColour(32, 24, [255, 255, 255], [0, 8, 16]),
  rgb565: trueColour(16, 16, [31, 63, 31], [11, 5, 0]),
  /** iDRAC's "OpenVNC". */
  rgb555: trueColour(16, 15, [31, 31, 31], [10, 5, 0]),
  bgr233: trueColour(8, 8, [7, 7, 3], [0, 3, 6]),
} as const satisfies Record<string, PixelFormat>;

export const PIXEL_FORMAT_BYTES = 16;

/**
 * ```
 * U8 bits-per-pixel | U8 depth | U8 big-endian | U8 true-colour
 * U16 red-max | U16 green-max | U16 blue-max | U8 red-shift | U8 green-shift | U8 blue-shift | 3 padding
 * ```
 * @returns undefined when no pixel can be laid out so: bits not 8/16/32, or channels that do not fit
 */
export function parsePixelFormat(b: Buffer, at = 0): PixelFormat | undefined {
  const bits = b.readUInt8(at);
  if (bits !== 8 && bits !== 16 && bits !== 32) return undefined;
  const format: PixelFormat = {
    bitsPerPixel: bits,
    depth: b.readUInt8(at + 1),
    bigEndian: b.readUInt8(at + 2) !== 0,
    trueColour: b.readUInt8(at + 3) !== 0,
    redMax: b.readUInt16BE(at + 4),
    greenMax: b.readUInt16BE(at + 6),
    blueMax: b.readUInt16BE(at + 8),
    redShift: b.readUInt8(at + 10),
    greenShift: b.readUInt8(at + 11),
    blueShift: b.readUInt8(at + 12),
  };
  return format.trueColour && !channelsFit(format) ? undefined : format;
}

/** The inverse of `parsePixelFormat`. */
export function encodePixelFormat(f: PixelFormat): Buffer {
  const b = Buffer.alloc(PIXEL_FORMAT_BYTES);
  b.writeUInt8(f.bitsPerPixel, 0);
  b.writeUInt8(f.depth, 1);
  b.writeUInt8(f.bigEndian ? 1 : 0, 2);
  b.writeUInt8(f.trueColour ? 1 : 0, 3);
  b.writeUInt16BE(f.redMax, 4);
  b.writeUInt16BE(f.greenMax, 6);
  b.writeUInt16BE(f.blueMax, 8);
  b.writeUInt8(f.redShift, 10);
  b.writeUInt8(f.greenShift, 11);
  b.writeUInt8(f.blueShift, 12);
  return b;
}

/** A shift of 255 or a maximum wider than the pixel would read outside the pixel; servers have sent both. */
function channelsFit(f: PixelFormat): boolean {
  return [
    [f.redMax, f.redShift],
    [f.greenMax, f.greenShift],
    [f.blueMax, f.blueShift],
  ].every(([max = 0, shift = 0]) => max > 0 && shift + (32 - Math.clz32(max)) <= f.bitsPerPixel);
}
