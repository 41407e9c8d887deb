/** A rectangle in pixels; always inside the screen it is used with. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A picture: one 32-bit number 0x00RRGGBB per pixel, row by row, whatever any wire format is. */
export interface Screen {
  width: number;
  height: number;
  pixels: Uint32Array;
}

export function createScreen(width: number, height: number): Screen {
  return { width, height, pixels: new Uint32Array(width * height) };
}

/** Changes the size; what fits is kept, the rest is black. */
export function resizeScreen(screen: Screen, width: number, height: number): void {
  const next = new Uint32Array(width * height);
  const columns = Math.min(width, screen.width);
  for (let y = 0; y < Math.min(height, screen.height); y++) {
    next.set(screen.pixels.subarray(y * screen.width, y * screen.width + columns), y * width);
  }
  screen.width = width;
  screen.height = height;
  screen.pixels = next;
}

export function fillRect(screen: Screen, { x, y, width, height }: Rect, colour: number): void {
  for (let row = y; row < y + height; row++) {
    const at = row * screen.width + x;
    screen.pixels.fill(colour, at, at + width);
  }
}

/** Moves an area within the screen; overlapping areas are moved as if through a copy. */
export function copyArea(screen: Screen, from: { x: number; y: number }, to: Rect): void {
  const downwards = from.y < to.y;
  for (let i = 0; i < to.height; i++) {
    const row = downwards ? to.height - 1 - i : i;
    const source = (from.y + row) * screen.width + from.x;
    screen.pixels.copyWithin((to.y + row) * screen.width + to.x, source, source + to.width);
  }
}

export function isInside(screen: { width: number; height: number }, { x, y, width, height }: Rect): boolean {
  return x >= 0 && y >= 0 && x + width <= screen.width && y + height <= screen.height;
}
