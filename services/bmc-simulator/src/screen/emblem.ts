import type { ColourName } from './palette.ts';
import type { TextScreen } from './text-screen.ts';

/** Square pixels of half a cell each: six nodes around a seventh, in units of the emblem's own grid. */
const size = 21;
const centre: readonly [number, number] = [10, 10];
const corners: readonly (readonly [number, number])[] = [
  [5, 1],
  [15, 1],
  [20, 10],
  [15, 19],
  [5, 19],
  [0, 10],
];

/** Draws the vendor's emblem, a small mesh, 21 columns by 11 rows; `colours` run from top to bottom. */
export function putEmblem(
  screen: TextScreen,
  column: number,
  row: number,
  colours: readonly ColourName[],
): void {
  const pixels = new Map<string, 'edge' | 'node'>();
  for (const [index, corner] of corners.entries()) {
    for (const point of lineOf(corner, corners[(index + 1) % corners.length]!)) pixels.set(point, 'edge');
    for (const point of lineOf(corner, centre)) pixels.set(point, 'edge');
  }
  for (const [x, y] of [centre, ...corners]) {
    for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) pixels.set(`${x + dx} ${y + dy}`, 'node');
  }
  for (let y = -1; y <= size; y += 2) {
    for (let x = -1; x <= size; x++)
      putPair(screen, column + x + 1, row + (y + 1) / 2, pixels, x, y, colours);
  }
}

/** One cell holds two pixels: the glyph has the upper one's colour, the background the lower one's. */
function putPair(
  screen: TextScreen,
  column: number,
  row: number,
  pixels: ReadonlyMap<string, 'edge' | 'node'>,
  x: number,
  y: number,
  colours: readonly ColourName[],
): void {
  const shade = colours[Math.floor((Math.max(0, y) * colours.length) / (size + 1))] ?? 'white';
  const colourAt = (at: number): ColourName | undefined => {
    const pixel = pixels.get(`${x} ${at}`);
    return pixel === 'node' ? 'white' : pixel && shade;
  };
  const upper = colourAt(y);
  const lower = colourAt(y + 1);
  if (upper) screen.put(column, row, '▀', { fg: upper, bg: lower ?? 'black' });
  else if (lower) screen.put(column, row, '▄', { fg: lower });
}

function* lineOf(
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): Generator<string> {
  const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY));
  for (let step = 0; step <= steps; step++) {
    const x = Math.round(fromX + ((toX - fromX) * step) / steps);
    const y = Math.round(fromY + ((toY - fromY) * step) / steps);
    yield `${x} ${y}`;
  }
}
