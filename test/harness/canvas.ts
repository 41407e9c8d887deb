import type { Page } from 'playwright-core';

/** What a page's canvas shows: 0x00RRGGBB words, row after row. */
export interface Shown {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
}

/** Reads the pixels of a canvas; undefined while there is none. */
export async function readCanvas(page: Page, selector = '#screen canvas'): Promise<Shown | undefined> {
  const read = await page.evaluate<{ width: number; height: number; data: string } | undefined>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    if (!canvas || canvas.width === 0 || canvas.height === 0) return undefined;
    const { width, height } = canvas;
    const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let text = '';
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return { width, height, data: btoa(text) };
  })()`);
  if (!read) return undefined;
  const rgba = Buffer.from(read.data, 'base64');
  const pixels = new Uint32Array(rgba.length / 4);
  for (let i = 0; i < pixels.length; i++) pixels[i] = rgba.readUInt32BE(i * 4) >>> 8;
  return { width: read.width, height: read.height, pixels };
}

/** Size and FNV-1a of what a canvas shows, made where the pixels are; for looking often. Empty while there is none. */
export function fingerprintCanvas(page: Page, selector = '#screen canvas'): Promise<string> {
  return page.evaluate<string>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    if (!canvas || canvas.width === 0 || canvas.height === 0) return '';
    const { width, height } = canvas;
    const words = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer);
    let hash = 0x811c9dc5;
    for (const word of words) {
      const rgb = ((word & 0xff) << 16) | (word & 0xff00) | ((word >> 16) & 0xff);
      hash = Math.imul(hash ^ rgb, 0x01000193);
    }
    return width + 'x' + height + ' ' + (hash >>> 0).toString(16);
  })()`);
}

/** The fingerprint of a picture. */
export function fingerprint({ width, height, pixels }: Shown): string {
  let hash = 0x811c9dc5;
  for (const pixel of pixels) hash = Math.imul(hash ^ pixel, 0x01000193);
  return `${width}x${height} ${(hash >>> 0).toString(16)}`;
}

/** How many pixels of two pictures differ; all of them when they are not of one size. */
export function differentPixels(a: Shown | undefined, b: Shown | undefined): number {
  if (!a || !b || a.width !== b.width || a.height !== b.height)
    return Math.max(a?.pixels.length ?? 1, b?.pixels.length ?? 1);
  let count = 0;
  for (let i = 0; i < a.pixels.length; i++) if (a.pixels[i] !== b.pixels[i]) count += 1;
  return count;
}

/** How many colours a picture has: one means that nothing is to be seen. */
export function colours(shown: Shown | undefined): number {
  return new Set(shown?.pixels).size;
}
