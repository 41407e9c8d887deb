import { openCore } from '../terminal/xterm-core.ts';

/** What erasing the scrollback looks like (ED 3), and some text that is none. */
const erasesScrollback = /[[\x9b][^@-~]*3[^@-~]*J/;

/**
 * Whether bytes bring a terminal where xterm.js itself is not consistent, so that nothing can be demanded of a picture of it.
 * - Wide characters without autowrap: what becomes of those at the edge (the half of one; a mark as wide as a character that found no room)
 *   depends on how the bytes were cut.
 * - Erasing the scrollback: a cursor that was saved, in a row that has left the screen since or not, is moved.
 */
export function isBeyondPictures(size: { columns: number; rows: number }, ...pieces: Buffer[]): boolean {
  const bytes = Buffer.concat(pieces);
  if (erasesScrollback.test(bytes.toString('latin1'))) return true;
  if (!/[\u1100-\u{1ffff}]/u.test(bytes.toString())) return false;
  using opened = openCore(size.columns, size.rows, 0);
  for (let from = 0; from < bytes.length; ) {
    // Reset Mode, which ends with this letter, is what switches wrapping off.
    const end = bytes.indexOf('l', from) + 1 || bytes.length;
    opened.core._inputHandler.parse(bytes.subarray(from, end));
    if (!opened.core.coreService.decPrivateModes.wraparound) return true;
    from = end;
  }
  return false;
}
