import type { PixelFormat } from '../pixel-format.ts';

/** Reads and writes runs of pixels of one wire format; build once per format, it makes tables. */
export interface PixelCodec {
  readonly format: PixelFormat;
  readonly bytesPerPixel: number;
  /** Wire bytes at `at` to 0x00RRGGBB numbers. */
  decode(wire: Buffer, at: number, pixels: Uint32Array, pixelAt: number, count: number): void;
  /** 0x00RRGGBB numbers to wire bytes at `at`. */
  encode(pixels: Uint32Array, pixelAt: number, count: number, wire: Buffer, at: number): void;
}

/** @throws RangeError for a colour-map format: there is no map to look a colour up in */
export function pixelCodec(format: PixelFormat): PixelCodec {
  if (!format.trueColour) throw new RangeError('colour-map pixel formats are not supported');
  const bytesPerPixel = format.bitsPerPixel / 8;
  const load = loader(format);
  const store = storer(format);
  const toRgb = decoder(format);
  const fromRgb = encoder(format);
  return {
    format,
    bytesPerPixel,
    decode(wire, at, pixels, pixelAt, count) {
      for (let i = 0; i < count; i++) pixels[pixelAt + i] = toRgb(load(wire, at + i * bytesPerPixel));
    },
    encode(pixels, pixelAt, count, wire, at) {
      for (let i = 0; i < count; i++) store(wire, at + i * bytesPerPixel, fromRgb(pixels[pixelAt + i]!));
    },
  };
}

/** Indexed access instead of Buffer's read methods: they check bounds and types for every pixel. */
function loader({ bitsPerPixel, bigEndian }: PixelFormat): (b: Buffer, at: number) => number {
  if (bitsPerPixel === 8) return (b, at) => b[at]!;
  if (bitsPerPixel === 16) {
    return bigEndian ? (b, at) => (b[at]! << 8) | b[at + 1]! : (b, at) => b[at]! | (b[at + 1]! << 8);
  }
  return bigEndian
    ? (b, at) => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
    : (b, at) => (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
}

function storer({ bitsPerPixel, bigEndian }: PixelFormat): (b: Buffer, at: number, value: number) => void {
  const last = bitsPerPixel / 8 - 1;
  const shiftOf = (i: number) => 8 * (bigEndian ? last - i : i);
  const [s0, s1, s2, s3] = [shiftOf(0), shiftOf(1), shiftOf(2), shiftOf(3)];
  if (bitsPerPixel === 8) {
    return (b, at, v) => {
      b[at] = v;
    };
  }
  if (bitsPerPixel === 16) {
    return (b, at, v) => {
      b[at] = v >>> s0;
      b[at + 1] = v >>> s1;
    };
  }
  return (b, at, v) => {
    b[at] = v >>> s0;
    b[at + 1] = v >>> s1;
    b[at + 2] = v >>> s2;
    b[at + 3] = v >>> s3;
  };
}

/** Table for 8 and 16 bits; for 32 bits arithmetic, since a table would not fit. */
function decoder(f: PixelFormat): (value: number) => number {
  const channel = (value: number, max: number, shift: number) =>
    Math.round((((value >>> shift) & max) * 255) / max);
  const compute = (v: number) =>
    (channel(v, f.redMax, f.redShift) << 16) |
    (channel(v, f.greenMax, f.greenShift) << 8) |
    channel(v, f.blueMax, f.blueShift);
  if (f.bitsPerPixel !== 32) {
    const table = new Uint32Array(1 << f.bitsPerPixel);
    for (let v = 0; v < table.length; v++) table[v] = compute(v);
    return (v) => table[v]!;
  }
  if (f.redMax === 255 && f.greenMax === 255 && f.blueMax === 255) {
    const { redShift: r, greenShift: g, blueShift: b } = f;
    return (v) => (((v >>> r) & 255) << 16) | (((v >>> g) & 255) << 8) | ((v >>> b) & 255);
  }
  return compute;
}

/** One table per channel: 8-bit value to its bits in place. */
function encoder(f: PixelFormat): (rgb: number) => number {
  const table = (max: number, shift: number) =>
    Uint32Array.from({ length: 256 }, (_, v) => (Math.round((v * max) / 255) << shift) >>> 0);
  const red = table(f.redMax, f.redShift);
  const green = table(f.greenMax, f.greenShift);
  const blue = table(f.blueMax, f.blueShift);
  return (rgb) => red[(rgb >>> 16) & 255]! | green[(rgb >>> 8) & 255]! | blue[rgb & 255]!;
}
