import type { TerminalSize } from '@consolemesh/proxy/page';

/** Width and height, pixels. */
export interface Area {
  readonly width: number;
  readonly height: number;
}

/** Smaller letters nobody reads; then the terminal is scrolled instead. */
export const smallestFont = 7;

/** Height of letters at which a terminal of `size` fits into `room`, at most `wanted`; `cell` is one character's at `font`. */
export function fitFont(size: TerminalSize, room: Area, cell: Area, font: number, wanted: number): number {
  if (cell.width <= 0 || cell.height <= 0) return wanted;
  const byWidth = (room.width / size.columns) * (font / cell.width);
  const byHeight = (room.height / size.rows) * (font / cell.height);
  // Cells are whole device pixels high and wide, so a little less than what arithmetic says.
  const fits = Math.floor(Math.min(byWidth, byHeight) * 2 - 0.25) / 2;
  return Math.max(smallestFont, Math.min(wanted, fits));
}

/** How many characters of that size `room` has place for, within what lines bear. */
export function fitSize(room: Area, cell: Area): TerminalSize | undefined {
  if (cell.width <= 0 || cell.height <= 0 || room.width <= 0 || room.height <= 0) return undefined;
  const within = (count: number, least: number, most: number) =>
    Math.max(least, Math.min(most, Math.floor(count)));
  return {
    columns: within(room.width / cell.width, 20, 500),
    rows: within(room.height / cell.height, 4, 200),
  };
}
