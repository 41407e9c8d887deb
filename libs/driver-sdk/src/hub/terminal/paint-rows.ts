import { copyStyle, isErased, plainStyle, sameStyle, selectStyle } from './cell-style.ts';
import type { RawBuffer, RawCell, RawLine, RawStyle } from './xterm-core.ts';

/** Most characters of one cell; the rest of an endless run of combining marks is left out. */
const maxCellLength = 32;

/**
 * Rows of a buffer as text that draws them again, one string for each row. Written to a terminal that was just reset, with the cursor in the
 * first column of the row before, in a plain style; each leaves the cursor in that state on its own row.
 */
export function* paintRows(buffer: RawBuffer, from: number, to: number, cell: RawCell): Generator<string> {
  let end: RowEnd = { column: 0, filled: false };
  for (let row = from; row < to; row += 1) {
    const line = buffer.lines.get(row);
    const start = row === from ? firstStart(line) : nextStart(buffer.lines.get(row - 1)!, line, end, cell);
    const painted = line ? paintRow(line, cell) : { text: '', end };
    end = painted.end;
    yield start + painted.text;
  }
}

/**
 * A first row may continue one that is gone: that is made, and taken away by Delete Line (DL), which leaves nothing in the scrollback. A screen
 * has two rows at least.
 */
function firstStart(line: RawLine | undefined): string {
  return line?.isWrapped ? `\x1b[${line.length}Gx${wrap}\x1b[A\x1b[M` : '';
}

function nextStart(before: RawLine, line: RawLine | undefined, end: RowEnd, cell: RawCell): string {
  return line?.isWrapped ? wrapInto(before, end, cell) : '\r\n';
}

/** Where painting a row has left the cursor. */
interface RowEnd {
  readonly column: number;
  /** Its last cell was printed, so that the next character wraps. */
  readonly filled: boolean;
}

function paintRow(line: RawLine, cell: RawCell): { text: string; end: RowEnd } {
  let text = '';
  let style = plainStyle;
  let column = 0;
  let afterWide = false;
  const select = (wanted: RawStyle) => {
    if (sameStyle(style, wanted)) return;
    style = copyStyle(wanted);
    text += selectStyle(style);
  };
  for (let at = 0; at < line.length; at += 1) {
    line.loadCell(at, cell);
    const width = cell.getWidth();
    const chars = cell.getChars();
    // The second half of a wide character; without autowrap xterm.js makes an empty cell of it at times, which would take the first away.
    const isHalf = chars === '' && afterWide;
    afterWide = width === 2;
    if (isHalf) continue;
    if (chars === '' && isErased(cell)) {
      if (cell.bg === 0) continue;
      const length = runOf(line, at, cell);
      // Loads anew: measuring the run has moved on.
      line.loadCell(at, cell);
      select(cell);
      text += `${moveTo(at, column)}\x1b[${length}X`;
      column = at;
      at += length - 1;
      continue;
    }
    select(cell);
    // A mark without a base stands alone only where no character was printed just before.
    text += width === 0 ? `\x1b[${at + 1}G` : moveTo(at, column);
    text += charsOf(cell);
    column = at + Math.max(width, 1);
  }
  if (!sameStyle(style, plainStyle)) text += selectStyle(plainStyle);
  return { text, end: { column, filled: column >= line.length } };
}

/** What a cell shows; a space where it is empty. */
export function charsOf(cell: RawCell): string {
  const chars = cell.getChars();
  if (chars === '') return ' ';
  return chars.length <= maxCellLength
    ? chars
    : [...chars.slice(0, 2 * maxCellLength)].slice(0, maxCellLength).join('');
}

/** Cells from `at` on that were erased with the same background. */
function runOf(line: RawLine, at: number, cell: RawCell): number {
  const { bg } = cell;
  let end = at + 1;
  while (end < line.length) {
    line.loadCell(end, cell);
    if (cell.getChars() !== '' || cell.getWidth() !== 1 || cell.bg !== bg || !isErased(cell)) break;
    end += 1;
  }
  return end - at;
}

/** Behind the last column: wraps, and takes back what that has printed. */
const wrap = 'x\r\x1b[X';

/** Only printing past the edge makes a wrapped row: prints there, and takes back what that has left on both rows. */
function wrapInto(before: RawLine, { column, filled }: RowEnd, cell: RawCell): string {
  if (filled) return wrap;
  const width = before.length;
  before.loadCell(width - 1, cell);
  const erase = `${selectStyle(cell)}\x1b[X${selectStyle(plainStyle)}`;
  return `${moveTo(width - 1, column)}x${wrap}\x1b[A\x1b[${width}G${erase}\x1b[B\r`;
}

/** Cursor Character Absolute, where the cursor is not there already. */
function moveTo(column: number, from: number): string {
  return column === from ? '' : `\x1b[${column + 1}G`;
}
