import { glyphHeight, glyphOf, glyphWidth } from './font.ts';
import { paletteRgb } from './palette.ts';
import { pointerHeight, pointerPixel, pointerWidth } from './pointer-sprite.ts';
import { mergeSpans, type Rectangle, type Span } from './rectangles.ts';
import type { TextScreen } from './text-screen.ts';

/** A point in pixels from the top left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface CellPainter {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** One word per pixel, 0x00RRGGBB, row after row. */
  readonly pixels: Uint32Array;
  /**
   * Brings the pixels up to date with the screen and gives the rectangles that changed: none when nothing did.
   * @param lit whether the blinking text cursor is in its bright half
   * @param pointer where the mouse pointer's tip is; undefined = not shown
   */
  paint(lit: boolean, pointer?: Point): Rectangle[];
}

const nowhere: Span = { row: -1, from: -1, to: -1 };

/**
 * Remembers what each cell looked like when it was painted last and repaints only cells that look different: a scrolled
 * screen of short lines costs a fraction of its pixels, and an unchanged one nothing.
 * @param given where to paint, one word per pixel; an array of its own unless told
 */
export function createCellPainter(screen: TextScreen, given?: Uint32Array): CellPainter {
  const { columns, rows } = screen;
  const { width, height } = sizeInPixels(screen);
  const pixels = given ?? new Uint32Array(width * height);
  // 0xffffffff is no cell's look, so the first paint draws everything.
  const painted = new Uint32Array(columns * rows).fill(0xffffffff);
  let shownPointer: Point | undefined;
  let seen = '';

  const paintCell = (index: number, look: number) => {
    const fg = paletteRgb[(look >>> 16) & 0x7f] ?? 0;
    const bg = paletteRgb[look >>> 24] ?? 0;
    const glyph = glyphOf(look & 0xffff);
    const underlined = (look & cursorBit) !== 0;
    let at = Math.floor(index / columns) * glyphHeight * width + (index % columns) * glyphWidth;
    for (let y = 0; y < glyphHeight; y++) {
      const bits = underlined && y >= glyphHeight - 3 && y < glyphHeight - 1 ? 0xff : glyph[y]!;
      for (let x = 0; x < glyphWidth; x++) pixels[at + x] = bits & (0x80 >> x) ? fg : bg;
      at += width;
    }
  };
  const drawPointer = ({ x: left, y: top }: Point) => {
    for (let y = 0; y < pointerHeight && top + y < height; y++) {
      for (let x = 0; x < pointerWidth && left + x < width; x++) {
        const rgb = pointerPixel(x, y);
        if (rgb !== undefined) pixels[(top + y) * width + left + x] = rgb;
      }
    }
  };
  /** Forgets the cells under the pointer, so that they are painted again. */
  const forgetUnder = ({ x, y }: Point) => {
    const area = cellsUnder(x, y, columns, rows);
    for (let row = area.top; row <= area.bottom; row++)
      painted.fill(0xffffffff, row * columns + area.left, row * columns + area.right + 1);
  };

  return {
    width,
    height,
    pixels,
    paint(lit, pointer) {
      const key = `${screen.revision} ${lit && screen.cursor.visible} ${pointer?.x} ${pointer?.y}`;
      if (key === seen) return [];
      seen = key;
      if (shownPointer) forgetUnder(shownPointer);
      if (pointer) forgetUnder(pointer);
      shownPointer = pointer;
      const spans: Span[] = [];
      const cursorIndex =
        lit && screen.cursor.visible ? screen.cursor.row * columns + screen.cursor.column : -1;
      for (let row = 0; row < rows; row++) {
        let span = nowhere;
        for (let column = 0; column < columns; column++) {
          const index = row * columns + column;
          const look = lookOf(screen, index, index === cursorIndex);
          if (painted[index] === look) continue;
          painted[index] = look;
          paintCell(index, look);
          if (span !== nowhere && column - span.to <= joinedGap) span.to = column;
          else {
            span = { row, from: column, to: column };
            spans.push(span);
          }
        }
      }
      if (pointer) drawPointer(pointer);
      return mergeSpans(spans, glyphWidth, glyphHeight);
    },
  };
}

/** The size of a screen's picture. */
export function sizeInPixels({ columns, rows }: Pick<TextScreen, 'columns' | 'rows'>) {
  return { width: columns * glyphWidth, height: rows * glyphHeight };
}

/** Unchanged cells between two changed ones that are cheaper to send than a rectangle of its own. */
const joinedGap = 4;
const cursorBit = 0x80 << 16;

/** Everything that decides a cell's pixels, in 32 bits: code point, foreground (7 bits), cursor, background. */
function lookOf(screen: TextScreen, index: number, cursor: boolean): number {
  const { codePoints, foregrounds, backgrounds } = screen;
  return (
    (codePoints[index]! |
      (foregrounds[index]! << 16) |
      (cursor ? cursorBit : 0) |
      (backgrounds[index]! << 24)) >>>
    0
  );
}

function cellsUnder(x: number, y: number, columns: number, rows: number) {
  return {
    left: Math.floor(x / glyphWidth),
    right: Math.min(columns - 1, Math.floor((x + pointerWidth - 1) / glyphWidth)),
    top: Math.floor(y / glyphHeight),
    bottom: Math.min(rows - 1, Math.floor((y + pointerHeight - 1) / glyphHeight)),
  };
}
