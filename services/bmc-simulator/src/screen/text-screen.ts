import { type ColourName, colour } from './palette.ts';

/** What text is written with; grey on black unless told. */
export interface Ink {
  fg?: ColourName;
  bg?: ColourName;
}

/**
 * A grid of character cells with a cursor, in columns and rows from 0 at the top left. Whatever is written outside the grid
 * is dropped, so no caller can damage it. Nothing here knows pixels; see `paint-cells.ts`.
 */
export interface TextScreen {
  readonly columns: number;
  readonly rows: number;
  /** Code points, row after row. */
  readonly codePoints: Uint16Array;
  /** Palette indexes, row after row. */
  readonly foregrounds: Uint8Array;
  readonly backgrounds: Uint8Array;
  /** Always inside the grid. */
  readonly cursor: Readonly<{ column: number; row: number; visible: boolean }>;
  /** Grows with every change. */
  readonly revision: number;
  /** Writes at a place, without wrapping and without moving the cursor. Gives the column after the text. */
  put(column: number, row: number, text: string, ink?: Ink): number;
  /** Fills a rectangle with one character. */
  fill(column: number, row: number, columns: number, rows: number, ink?: Ink, character?: string): void;
  /** Changes the colours of a rectangle and leaves the characters. */
  tint(column: number, row: number, columns: number, rows: number, ink: Ink): void;
  clear(ink?: Ink): void;
  /** Writes at the cursor like a terminal: wraps, scrolls, knows `\n`, `\r`, `\b` and tabs of eight. */
  print(text: string, ink?: Ink): void;
  moveTo(column: number, row: number): void;
  showCursor(visible: boolean): void;
  /** The characters of one row, without trailing blanks: for tests and for whoever wants to read the screen. */
  line(row: number): string;
  /** All rows, joined by newlines, without trailing blank rows. */
  text(): string;
}

const blank = 0x20;

export function createTextScreen(columns = 128, rows = 48): TextScreen {
  const codePoints = new Uint16Array(columns * rows).fill(blank);
  const foregrounds = new Uint8Array(columns * rows).fill(colour('grey'));
  const backgrounds = new Uint8Array(columns * rows);
  const cursor = { column: 0, row: 0, visible: false };
  let revision = 0;

  const cell = (column: number, row: number, codePoint: number, fg: number, bg: number) => {
    if (column < 0 || row < 0 || column >= columns || row >= rows) return;
    const index = row * columns + column;
    codePoints[index] = codePoint;
    foregrounds[index] = fg;
    backgrounds[index] = bg;
  };
  const moveTo = (column: number, row: number) => {
    cursor.column = clamp(column, columns - 1);
    cursor.row = clamp(row, rows - 1);
    revision++;
  };
  const scroll = (bg: number) => {
    codePoints.copyWithin(0, columns).fill(blank, columns * (rows - 1));
    foregrounds.copyWithin(0, columns).fill(colour('grey'), columns * (rows - 1));
    backgrounds.copyWithin(0, columns).fill(bg, columns * (rows - 1));
  };
  const newLine = (bg: number) => {
    if (cursor.row === rows - 1) scroll(bg);
    else cursor.row++;
  };
  const printOne = (character: string, fg: number, bg: number) => {
    if (character === '\n') {
      cursor.column = 0;
      newLine(bg);
    } else if (character === '\r') cursor.column = 0;
    else if (character === '\b') cursor.column = Math.max(0, cursor.column - 1);
    else if (character === '\t') cursor.column = Math.min(columns - 1, (cursor.column | 7) + 1);
    else {
      cell(cursor.column, cursor.row, codePointOf(character), fg, bg);
      if (cursor.column < columns - 1) cursor.column++;
      else {
        cursor.column = 0;
        newLine(bg);
      }
    }
  };
  const fill: TextScreen['fill'] = (column, row, width, height, ink = {}, character = ' ') => {
    const [fg, bg] = colours(ink);
    const codePoint = codePointOf(character);
    for (let y = row; y < row + height; y++)
      for (let x = column; x < column + width; x++) cell(x, y, codePoint, fg, bg);
    revision++;
  };
  const line = (row: number) =>
    row < 0 || row >= rows
      ? ''
      : String.fromCharCode(...codePoints.subarray(row * columns, (row + 1) * columns)).trimEnd();

  return {
    columns,
    rows,
    codePoints,
    foregrounds,
    backgrounds,
    cursor,
    get revision() {
      return revision;
    },
    put(column, row, text, ink = {}) {
      const [fg, bg] = colours(ink);
      let x = column;
      for (const character of text) cell(x++, row, codePointOf(character), fg, bg);
      revision++;
      return x;
    },
    fill,
    tint(column, row, width, height, ink) {
      const [fg, bg] = colours(ink);
      for (let y = row; y < row + height; y++)
        for (let x = column; x < column + width; x++)
          if (x >= 0 && y >= 0 && x < columns && y < rows)
            cell(x, y, codePoints[y * columns + x] ?? blank, fg, bg);
      revision++;
    },
    clear(ink = {}) {
      fill(0, 0, columns, rows, ink);
      moveTo(0, 0);
    },
    print(text, ink = {}) {
      const [fg, bg] = colours(ink);
      for (const character of text) printOne(character, fg, bg);
      revision++;
    },
    moveTo,
    showCursor(visible) {
      cursor.visible = visible;
      revision++;
    },
    line,
    text: () =>
      Array.from({ length: rows }, (_, row) => line(row))
        .join('\n')
        .trimEnd(),
  };
}

function colours({ fg = 'grey', bg = 'black' }: Ink): [number, number] {
  return [colour(fg), colour(bg)];
}

/** One cell holds one UTF-16 unit: what lies beyond becomes the replacement character, control characters a blank. */
function codePointOf(character: string): number {
  const codePoint = character.codePointAt(0) ?? blank;
  if (codePoint < blank || codePoint === 0x7f) return blank;
  return codePoint > 0xffff ? 0xfffd : codePoint;
}

function clamp(value: number, largest: number): number {
  return Math.max(0, Math.min(largest, Math.trunc(value) || 0));
}
