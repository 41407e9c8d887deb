import { openCore } from '../terminal/xterm-core.ts';

/**
 * Whether bytes bring a terminal where xterm.js itself is not consistent, so that nothing can be demanded of a picture of it.
 * - Wide characters without autowrap: what becomes of those at the edge (the half of one; a mark as wide as a character that found no room)
 *   depends on how the bytes were cut.
 * - The scrollback is erased (ED 3) while the saved cursor is in there: it comes back to the screen, in a row that no picture has told.
 */
export function isBeyondPictures(
  { columns, rows, scrollback }: { columns: number; rows: number; scrollback: number },
  ...pieces: Buffer[]
): boolean {
  const bytes = Buffer.concat(pieces);
  const isWide = /[\u1100-\u{1ffff}]/u.test(bytes.toString());
  using opened = openCore(columns, rows, scrollback);
  const { _inputHandler, buffers, coreService } = opened.core;
  const { normal } = buffers;
  for (const piece of piecesOf(bytes)) {
    const saved = normal.savedY - normal.ybase;
    const before = normal.ybase;
    _inputHandler.parse(piece);
    if (isWide && !coreService.decPrivateModes.wraparound) return true;
    if (saved < 0 && before > 0 && normal.ybase === 0 && piece.equals(erase)) return true;
  }
  return false;
}

/** Finals of Erase in Display, and of Reset Mode, which switches wrapping off. */
const erase = Buffer.from('J');
const reset = Buffer.from('l');

/** The bytes, cut around each of these. */
function* piecesOf(bytes: Buffer): Generator<Buffer> {
  let from = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.subarray(at, at + 1);
    if (!byte.equals(erase) && !byte.equals(reset)) continue;
    yield bytes.subarray(from, at);
    yield byte;
    from = at + 1;
  }
  yield bytes.subarray(from);
}
