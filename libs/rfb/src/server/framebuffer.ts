import { createScreen, fillRect, type Rect, resizeScreen, type Screen } from '../screen/screen.ts';

/** What changed: an area, or the size (then everything). */
export type FramebufferChange = { kind: 'area'; rect: Rect } | { kind: 'size' } | { kind: 'cursor' };

/** A mouse pointer picture that viewers draw themselves. */
export interface CursorShape {
  width: number;
  height: number;
  hotX: number;
  hotY: number;
  /** 0x00RRGGBB, row by row. */
  pixels: Uint32Array;
  /** One byte per pixel: 0 = transparent. */
  mask: Uint8Array;
}

/** A screen that tells its listeners what was drawn. Pixels are 0x00RRGGBB. */
export interface Framebuffer extends Readonly<Screen> {
  readonly cursor: CursorShape | undefined;
  /** Areas outside the screen are cut off. */
  fill(rect: Rect, colour: number): void;
  /** Copies `rect.width × rect.height` pixels in. */
  draw(rect: Rect, pixels: Uint32Array): void;
  /** For those who write into `pixels` themselves. Cut to the screen. */
  changed(rect: Rect): void;
  resize(width: number, height: number): void;
  setCursor(cursor: CursorShape | undefined): void;
  /** @returns the function that ends the subscription */
  subscribe(listener: (change: FramebufferChange) => void): () => void;
}

export function createFramebuffer(width: number, height: number): Framebuffer {
  const screen = createScreen(width, height);
  const listeners = new Set<(change: FramebufferChange) => void>();
  let cursor: CursorShape | undefined;
  const tell = (change: FramebufferChange) => {
    for (const listener of listeners) listener(change);
  };
  const changed = (rect: Rect) => {
    const visible = clip(screen, rect);
    if (visible !== undefined) tell({ kind: 'area', rect: visible });
  };
  return {
    get width() {
      return screen.width;
    },
    get height() {
      return screen.height;
    },
    get pixels() {
      return screen.pixels;
    },
    get cursor() {
      return cursor;
    },
    fill(rect, colour) {
      const visible = clip(screen, rect);
      if (visible === undefined) return;
      fillRect(screen, visible, colour);
      changed(visible);
    },
    draw(rect, pixels) {
      const visible = clip(screen, rect);
      if (visible === undefined) return;
      for (let y = visible.y; y < visible.y + visible.height; y++) {
        const from = (y - rect.y) * rect.width + (visible.x - rect.x);
        screen.pixels.set(pixels.subarray(from, from + visible.width), y * screen.width + visible.x);
      }
      changed(visible);
    },
    changed,
    resize(newWidth, newHeight) {
      resizeScreen(screen, newWidth, newHeight);
      tell({ kind: 'size' });
    },
    setCursor(shape) {
      cursor = shape;
      tell({ kind: 'cursor' });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The part of `rect` on the screen, undefined when there is none. */
export function clip(screen: { width: number; height: number }, rect: Rect): Rect | undefined {
  const x = Math.max(0, rect.x);
  const y = Math.max(0, rect.y);
  const width = Math.min(screen.width, rect.x + rect.width) - x;
  const height = Math.min(screen.height, rect.y + rect.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
