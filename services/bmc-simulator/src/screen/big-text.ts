import { glyphHeight, glyphOf, glyphWidth } from './font.ts';
import type { ColourName } from './palette.ts';
import type { TextScreen } from './text-screen.ts';

/** Rows a line of big text takes. */
export const bigTextRows = glyphHeight / 2;

/**
 * Writes in letters of 8×8 cells: each pixel of the font becomes half a cell. `colours` run from top to bottom.
 * @returns the column after the text
 */
export function putBigText(
  screen: TextScreen,
  column: number,
  row: number,
  text: string,
  colours: readonly ColourName[],
  bg: ColourName = 'black',
): number {
  let left = column;
  for (const character of text) {
    const glyph = glyphOf(character.codePointAt(0)!);
    for (let half = 0; half < bigTextRows; half++) {
      const shade = colours[Math.floor((half * colours.length) / bigTextRows)] ?? 'white';
      for (let x = 0; x < glyphWidth; x++) {
        const upper = lit(glyph, x, 2 * half);
        const lower = lit(glyph, x, 2 * half + 1);
        if (upper || lower)
          screen.put(left + x, row + half, upper && lower ? '█' : upper ? '▀' : '▄', { fg: shade, bg });
      }
    }
    left += glyphWidth;
  }
  return left;
}

function lit(glyph: Uint8Array, x: number, y: number): boolean {
  return ((glyph[y] ?? 0) & (0x80 >> x)) !== 0;
}
