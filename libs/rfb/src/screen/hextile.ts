/**
 * Hextile (5), RFC 6143 section 7.7.4. The rectangle is cut into 16×16 tiles, left to right, top to bottom;
 * each begins with a mask:
 * ```
 * U8 mask
 *   1 Raw                 → width × height pixels, all other bits are ignored
 *   2 BackgroundSpecified → pixel
 *   4 ForegroundSpecified → pixel
 *   8 AnySubrects         → U8 count, then count × [pixel if 16] U8 x<<4|y, U8 (width-1)<<4|(height-1)
 *  16 SubrectsColoured    → each subrectangle has its own pixel; the foreground is undefined afterwards
 * ```
 * Background and foreground carry over to the next tile of the same rectangle, but not across a Raw tile.
 */
export const HEXTILE = { raw: 1, background: 2, foreground: 4, subrects: 8, coloured: 16 } as const;
export const TILE = 16;
