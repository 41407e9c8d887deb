import { HEXTILE, TILE } from './hextile.ts';
import type { PixelCodec } from './pixel-codec.ts';
import type { Rect, Screen } from './screen.ts';

/** Encodes a rectangle as Hextile; layout in hextile.ts. Worst case is one byte per tile more than Raw. */
export function encodeHextile(screen: Screen, rect: Rect, codec: PixelCodec): Buffer {
  const tiles = Math.ceil(rect.width / TILE) * Math.ceil(rect.height / TILE);
  const out = Buffer.allocUnsafe(tiles + rect.width * rect.height * codec.bytesPerPixel);
  const job: Job = {
    codec,
    // A tile is written only as long as it is smaller than its raw form, so this is room enough.
    scratch: Buffer.allocUnsafe(1 + (TILE * TILE + 3) * codec.bytesPerPixel + 4),
    used: 0,
    pixel: new Uint32Array(1),
    background: undefined,
    foreground: undefined,
  };
  const tile = new Uint32Array(TILE * TILE);
  let at = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += TILE) {
    const height = Math.min(TILE, rect.y + rect.height - y);
    for (let x = rect.x; x < rect.x + rect.width; x += TILE) {
      const width = Math.min(TILE, rect.x + rect.width - x);
      for (let row = 0; row < height; row++) {
        const from = (y + row) * screen.width + x;
        for (let i = 0; i < width; i++) tile[row * width + i] = screen.pixels[from + i]!;
      }
      if (encodeTile(job, tile, width, height)) {
        at += job.scratch.copy(out, at, 0, job.used);
        continue;
      }
      out[at++] = HEXTILE.raw;
      for (let row = 0; row < height; row++) {
        codec.encode(screen.pixels, (y + row) * screen.width + x, width, out, at);
        at += width * codec.bytesPerPixel;
      }
    }
  }
  return out.subarray(0, at);
}

interface Job {
  codec: PixelCodec;
  scratch: Buffer;
  used: number;
  pixel: Uint32Array;
  /** What the viewer still knows from the tile before. */
  background: number | undefined;
  foreground: number | undefined;
}

/** @returns false when Raw is smaller; the tile's content is used up either way */
function encodeTile(job: Job, tile: Uint32Array, width: number, height: number): boolean {
  const limit = 1 + width * height * job.codec.bytesPerPixel;
  const { background, foreground, colours } = countColours(tile, width * height);
  let mask = 0;
  job.used = 1;
  if (background !== job.background) {
    mask |= HEXTILE.background;
    putPixel(job, background);
  }
  if (colours === 2 && foreground !== job.foreground) {
    mask |= HEXTILE.foreground;
    putPixel(job, foreground);
  }
  if (colours > 1) {
    mask |= HEXTILE.subrects | (colours > 2 ? HEXTILE.coloured : 0);
    if (!putSubrects(job, tile, width, height, background, colours > 2, limit)) {
      job.background = undefined;
      job.foreground = undefined;
      return false;
    }
  }
  job.scratch[0] = mask;
  job.background = background;
  if (colours > 1) job.foreground = colours === 2 ? foreground : undefined;
  return true;
}

/** Covers everything that is not background with rectangles: as wide as possible, then as high as possible. */
function putSubrects(
  job: Job,
  tile: Uint32Array,
  width: number,
  height: number,
  background: number,
  coloured: boolean,
  limit: number,
): boolean {
  const size = (coloured ? job.codec.bytesPerPixel : 0) + 2;
  const countAt = job.used++;
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = tile[y * width + x]!;
      if (colour === background) continue;
      // Also keeps the count within its byte: 170 coloured parts are as large as Raw, two colours make at most 128.
      if (job.used + size > limit) return false;
      let w = 1;
      while (x + w < width && tile[y * width + x + w] === colour) w++;
      let h = 1;
      while (y + h < height && isRun(tile, (y + h) * width + x, w, colour)) h++;
      for (let row = y; row < y + h; row++) tile.fill(background, row * width + x, row * width + x + w);
      if (coloured) putPixel(job, colour);
      job.scratch[job.used++] = (x << 4) | y;
      job.scratch[job.used++] = ((w - 1) << 4) | (h - 1);
      count++;
    }
  }
  job.scratch[countAt] = count;
  return true;
}

function isRun(tile: Uint32Array, at: number, length: number, colour: number): boolean {
  for (let i = 0; i < length; i++) if (tile[at + i] !== colour) return false;
  return true;
}

function putPixel(job: Job, colour: number): void {
  job.pixel[0] = colour;
  job.codec.encode(job.pixel, 0, 1, job.scratch, job.used);
  job.used += job.codec.bytesPerPixel;
}

/** The more frequent of the first two colours is the background. `colours` is 1, 2 or 3 (= more). */
function countColours(
  tile: Uint32Array,
  n: number,
): { background: number; foreground: number; colours: number } {
  const first = tile[0]!;
  let second = first;
  let colours = 1;
  let firsts = 0;
  let seconds = 0;
  for (let i = 0; i < n; i++) {
    const colour = tile[i]!;
    if (colour === first) firsts++;
    else if (colours === 1) {
      colours = 2;
      second = colour;
      seconds = 1;
    } else if (colour === second) seconds++;
    else colours = 3;
  }
  return firsts >= seconds
    ? { background: first, foreground: second, colours }
    : { background: second, foreground: first, colours };
}
