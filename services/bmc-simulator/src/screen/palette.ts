/**
 * The colours that cells may have, as 0xRRGGBB. The first sixteen stand in the order of the VGA's attributes; their values
 * are a little softer than the VGA's own, which glare on a modern panel. What follows is for logos and menus.
 */
export const palette = [
  ['black', 0x000000],
  ['blue', 0x1f4fd0],
  ['green', 0x2fb344],
  ['cyan', 0x2aa9b8],
  ['red', 0xc9372c],
  ['magenta', 0xa347ba],
  ['brown', 0xb5791a],
  ['grey', 0xb4b8bf],
  ['darkGrey', 0x5d646f],
  ['brightBlue', 0x6b9bff],
  ['brightGreen', 0x5be37a],
  ['brightCyan', 0x62e6f2],
  ['brightRed', 0xff6b60],
  ['brightMagenta', 0xe58cff],
  ['yellow', 0xffdc5e],
  ['white', 0xf7f9fc],
  ['navy', 0x0b1a3a],
  ['panel', 0x12264f],
  ['panelEdge', 0x3c5f9e],
  ['ink', 0x0a101e],
  ['slate', 0x1a2233],
  ['logo1', 0x7df3e1],
  ['logo2', 0x57dcec],
  ['logo3', 0x43bff5],
  ['logo4', 0x4a9df8],
  ['logo5', 0x5f7df5],
  ['logo6', 0x7a62ee],
  ['rain1', 0x0c3d17],
  ['rain2', 0x14702a],
  ['rain3', 0x22b545],
  ['rain4', 0xc9ffd6],
  ['hover', 0x1d4487],
] as const;

export type ColourName = (typeof palette)[number][0];

const indexes = new Map<ColourName, number>(palette.map(([name], index) => [name, index]));

/** The index a cell stores. */
export function colour(name: ColourName): number {
  return indexes.get(name)!;
}

/** Index to 0xRRGGBB. */
export const paletteRgb: Uint32Array = Uint32Array.from(palette, ([, rgb]) => rgb);
