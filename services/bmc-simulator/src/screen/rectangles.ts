/** In pixels from the top left. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Changed cells of one row, both ends included. */
export interface Span {
  row: number;
  from: number;
  to: number;
}

/** More rectangles than this cost a viewer more than the pixels they save. */
const mostRectangles = 64;

/**
 * Joins spans that lie exactly above each other. Spans come row by row, from left to right. Many small ones (falling
 * letters, say) become one rectangle around all of them.
 */
export function mergeSpans(spans: readonly Span[], cellWidth: number, cellHeight: number): Rectangle[] {
  const merged: Rectangle[] = [];
  const open = new Map<string, { rectangle: Rectangle; lastRow: number }>();
  for (const { row, from, to } of spans) {
    const key = `${from} ${to}`;
    const above = open.get(key);
    if (above && above.lastRow === row - 1) {
      above.rectangle.height += cellHeight;
      above.lastRow = row;
      continue;
    }
    const rectangle = {
      x: from * cellWidth,
      y: row * cellHeight,
      width: (to - from + 1) * cellWidth,
      height: cellHeight,
    };
    merged.push(rectangle);
    open.set(key, { rectangle, lastRow: row });
  }
  return merged.length > mostRectangles ? [around(merged)] : merged;
}

function around(rectangles: readonly Rectangle[]): Rectangle {
  const x = Math.min(...rectangles.map((r) => r.x));
  const y = Math.min(...rectangles.map((r) => r.y));
  const right = Math.max(...rectangles.map((r) => r.x + r.width));
  const bottom = Math.max(...rectangles.map((r) => r.y + r.height));
  return { x, y, width: right - x, height: bottom - y };
}
