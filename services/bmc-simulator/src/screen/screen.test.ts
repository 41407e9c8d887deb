import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glyphOf, hasGlyph } from './font.ts';
import { createCellPainter } from './paint-cells.ts';
import { palette } from './palette.ts';
import { mergeSpans } from './rectangles.ts';
import { createTextScreen } from './text-screen.ts';

const rgb = (name: string) => palette.find(([other]) => other === name)![1];

describe('the font', () => {
  it('has ASCII, Latin-1, box drawing and block elements', () => {
    const ranges = [
      [0x20, 0x7e],
      [0xa0, 0xff],
      [0x2500, 0x259f],
    ] as const;
    for (const [first, last] of ranges)
      for (let codePoint = first; codePoint <= last; codePoint++)
        expect(hasGlyph(codePoint), `U+${codePoint.toString(16)}`).toBe(true);
  });

  it('draws the upper and the lower half block as complements', () => {
    const upper = glyphOf(0x2580);
    const lower = glyphOf(0x2584);
    expect([...upper].map((bits, row) => bits ^ lower[row]!)).toEqual(Array(16).fill(0xff));
  });

  it('shows something for what it does not have', () => {
    expect(glyphOf(0x4e2d)).toBe(glyphOf(0x25a0));
  });
});

describe('the text screen', () => {
  it('wraps at the right edge and scrolls at the lower one', () => {
    const screen = createTextScreen(4, 2);
    screen.print('abcdef\ngh');
    expect(screen.text()).toBe('ef\ngh');
    expect(screen.cursor).toMatchObject({ column: 2, row: 1 });
  });

  it('drops what is written outside', () => {
    const screen = createTextScreen(4, 2);
    screen.put(2, 0, 'xyz');
    screen.put(-1, 1, 'abc');
    screen.put(0, 7, 'gone');
    expect(screen.text()).toBe('  xy\nbc');
  });
});

describe('the painter', () => {
  it('paints a glyph where its cell is and says so', () => {
    const screen = createTextScreen(10, 4);
    const painter = createCellPainter(screen);
    painter.paint(true);
    screen.put(3, 2, '█', { fg: 'yellow', bg: 'blue' });
    expect(painter.paint(true)).toEqual([{ x: 24, y: 32, width: 8, height: 16 }]);
    expect(painter.pixels[32 * 80 + 24]).toBe(rgb('yellow'));
    expect(painter.pixels[32 * 80 + 23]).toBe(rgb('black'));
  });

  it('has nothing to do while nothing changes, also when the same is written again', () => {
    const screen = createTextScreen(10, 4);
    const painter = createCellPainter(screen);
    painter.paint(true);
    expect(painter.paint(true)).toEqual([]);
    screen.put(0, 0, ' ');
    expect(painter.paint(true)).toEqual([]);
  });

  it('shows the cursor in its lit half only', () => {
    const screen = createTextScreen(10, 4);
    const painter = createCellPainter(screen);
    painter.paint(true);
    screen.showCursor(true);
    expect(painter.paint(true)).toEqual([{ x: 0, y: 0, width: 8, height: 16 }]);
    expect(painter.pixels[14 * 80]).toBe(rgb('grey'));
    painter.paint(false);
    expect(painter.pixels[14 * 80]).toBe(rgb('black'));
  });

  it('leaves no trace of the pointer where it has been', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 319 }), y: fc.integer({ min: 0, max: 127 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (path) => {
        const screen = createTextScreen(40, 8);
        screen.print('The quick brown fox jumps over the lazy dog. '.repeat(6), { fg: 'cyan', bg: 'navy' });
        const painter = createCellPainter(screen);
        painter.paint(true);
        const clean = painter.pixels.slice();
        for (const at of path) painter.paint(true, at);
        expect(samePixels(painter.pixels, clean)).toBe(false);
        painter.paint(true, undefined);
        expect(samePixels(painter.pixels, clean)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('names every pixel that changed', () => {
    const change = fc.record({
      column: fc.integer({ min: 0, max: 19 }),
      row: fc.integer({ min: 0, max: 5 }),
      text: fc.string({ maxLength: 12 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const screen = createTextScreen(20, 6);
        const painter = createCellPainter(screen);
        painter.paint(true);
        const before = painter.pixels.slice();
        for (const { column, row, text } of changes) screen.put(column, row, text, { fg: 'red' });
        const named = painter.paint(true);
        for (const [index, pixel] of painter.pixels.entries()) {
          if (pixel === before[index]) continue;
          const [x, y] = [index % 160, Math.floor(index / 160)];
          const inside = named.some((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height);
          expect(inside).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('changed rectangles', () => {
  it('join when they lie exactly above each other', () => {
    const spans = [0, 1, 2].map((row) => ({ row, from: 2, to: 5 }));
    expect(mergeSpans(spans, 8, 16)).toEqual([{ x: 16, y: 0, width: 32, height: 48 }]);
  });

  it('become one around all of them when there are too many', () => {
    const spans = Array.from({ length: 200 }, (_, row) => ({ row: row % 40, from: row, to: row }));
    expect(mergeSpans(spans, 8, 16)).toEqual([{ x: 0, y: 0, width: 1600, height: 640 }]);
  });
});

/** Deep equality of the test runner walks element by element, which takes seconds for a picture. */
function samePixels(a: Uint32Array, b: Uint32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}
