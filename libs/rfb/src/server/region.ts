import type { Rect } from '../screen/screen.ts';

/** The areas one viewer has not seen yet. Bounded: many small areas become the rectangle around them. */
export interface Region {
  add(rect: Rect): void;
  /** Removes and returns everything. */
  take(): Rect[];
  readonly empty: boolean;
}

export function createRegion(maxRects = 32): Region {
  let rects: Rect[] = [];
  return {
    add(rect) {
      if (rects.some((known) => contains(known, rect))) return;
      rects = rects.filter((known) => !contains(rect, known));
      rects.push({ ...rect });
      if (rects.length > maxRects) rects = [rects.reduce(around)];
    },
    take() {
      const all = rects;
      rects = [];
      return all;
    },
    get empty() {
      return rects.length === 0;
    },
  };
}

function contains(a: Rect, b: Rect): boolean {
  return a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height;
}

function around(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
