import { openCore } from '../terminal/xterm-core.ts';

/**
 * Whether wide characters came to a terminal that does not wrap by itself. What xterm.js makes of those at the edge (the half of one; a mark as
 * wide as a character that found no room) depends on how the bytes were cut, so that no two terminals need to agree.
 */
export function isCutAtRandom(size: { columns: number; rows: number }, ...pieces: Buffer[]): boolean {
  const bytes = Buffer.concat(pieces);
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
