import { describe, expect, it } from 'vitest';
import { fitFont, fitSize, smallestFont } from './fit-font.ts';

const cell = { width: 9, height: 18 };

describe('fitting a terminal', () => {
  it('keeps the wanted letters where the line fits, and makes them smaller where it does not', () => {
    expect(fitFont({ columns: 80, rows: 24 }, { width: 1000, height: 600 }, cell, 15, 15)).toBe(15);
    const small = fitFont({ columns: 80, rows: 24 }, { width: 400, height: 600 }, cell, 15, 15);
    expect(small).toBeLessThan(15);
    expect((cell.width * small * 80) / 15).toBeLessThanOrEqual(400);
    expect(fitFont({ columns: 500, rows: 200 }, { width: 300, height: 200 }, cell, 15, 15)).toBe(
      smallestFont,
    );
  });

  it('grows again with the room, whatever the letters are at present', () => {
    const now = { width: 4.5, height: 9 };
    expect(fitFont({ columns: 80, rows: 24 }, { width: 1000, height: 600 }, now, 7.5, 15)).toBe(15);
  });

  it('counts characters, within what lines bear', () => {
    expect(fitSize({ width: 905, height: 450 }, cell)).toEqual({ columns: 100, rows: 25 });
    expect(fitSize({ width: 20, height: 20 }, cell)).toEqual({ columns: 20, rows: 4 });
    expect(fitSize({ width: 99_999, height: 99_999 }, cell)).toEqual({ columns: 500, rows: 200 });
    expect(fitSize({ width: 100, height: 100 }, { width: 0, height: 0 })).toBeUndefined();
  });
});
