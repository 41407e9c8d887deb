import { inflateSync } from 'node:zlib';
import { glyphData, glyphRanges } from './font-data.ts';

/** Pixels per glyph: every cell of the text screen has this size. */
export const glyphWidth = 8;
export const glyphHeight = 16;

/** 16 bytes, one per row of pixels from the top; the highest bit is the leftmost pixel. */
export type Glyph = Uint8Array;

const glyphs = loadGlyphs();
const missing = glyphs.get(0x25a0)!;

/** The picture of a code point; a filled square for one the font does not have. */
export function glyphOf(codePoint: number): Glyph {
  return glyphs.get(codePoint) ?? missing;
}

/** Whether the font has a picture of its own for this code point. */
export function hasGlyph(codePoint: number): boolean {
  return glyphs.has(codePoint);
}

function loadGlyphs(): Map<number, Glyph> {
  const data = new Uint8Array(inflateSync(Buffer.from(glyphData, 'base64')));
  const loaded = new Map<number, Glyph>();
  let offset = 0;
  for (const [first, last] of glyphRanges) {
    for (let codePoint = first; codePoint <= last; codePoint++) {
      loaded.set(codePoint, data.subarray(offset, offset + glyphHeight));
      offset += glyphHeight;
    }
  }
  for (const [codePoint, glyph] of blockElements()) loaded.set(codePoint, glyph);
  return loaded;
}

/**
 * U+2580 to U+259F are geometry, so they are drawn here: the font lacks most of them, and pictures made of half blocks
 * need them to meet without a gap. Layout as in the Unicode chart "Block Elements".
 */
function* blockElements(): Generator<[number, Glyph]> {
  const draw = (lit: (x: number, y: number) => boolean): Glyph =>
    Uint8Array.from({ length: glyphHeight }, (_, y) => {
      let bits = 0;
      for (let x = 0; x < glyphWidth; x++) if (lit(x, y)) bits |= 0x80 >> x;
      return bits;
    });
  yield [0x2580, draw((_x, y) => y < 8)];
  for (let n = 1; n <= 8; n++) yield [0x2580 + n, draw((_x, y) => y >= glyphHeight - 2 * n)];
  for (let n = 7; n >= 1; n--) yield [0x2590 - n, draw((x) => x < n)];
  yield [0x2590, draw((x) => x >= 4)];
  yield [0x2591, draw((x, y) => (x + 2 * (y % 2)) % 4 === 0)];
  yield [0x2592, draw((x, y) => (x + y) % 2 === 0)];
  yield [0x2593, draw((x, y) => (x + 2 * (y % 2)) % 4 !== 0)];
  yield [0x2594, draw((_x, y) => y < 2)];
  yield [0x2595, draw((x) => x === glyphWidth - 1)];
  // Quadrants, a bit each: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
  const quadrants = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
  for (const [index, mask] of quadrants.entries()) {
    yield [0x2596 + index, draw((x, y) => (mask >> ((x >= 4 ? 1 : 0) + (y >= 8 ? 2 : 0))) % 2 === 1)];
  }
}
