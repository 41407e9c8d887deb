import type { RawStyle } from './xterm-core.ts';

// Layout of @xterm/headless `buffer/Constants.ts`.
const colourMask = 0xffffff;
const kindMask = 0x3000000;
const palette16 = 0x1000000;
const palette256 = 0x2000000;
const hasExtended = 0x10000000;
const protectedCell = 0x20000000;
const underline = 0x10000000;
const fgFlags: readonly (readonly [bit: number, sgr: number])[] = [
  [0x8000000, 1],
  [0x20000000, 5],
  [0x4000000, 7],
  [0x40000000, 8],
  [0x80000000, 9],
];
const bgFlags: readonly (readonly [bit: number, sgr: number])[] = [
  [0x8000000, 2],
  [0x4000000, 3],
  [0x40000000, 53],
];

/** Whether two cells look the same. */
export function sameStyle(a: RawStyle, b: RawStyle): boolean {
  if (a.fg !== b.fg || a.bg !== b.bg) return false;
  if ((a.bg & hasExtended) === 0) return true;
  return (
    a.extended.underlineStyle === b.extended.underlineStyle &&
    a.extended.underlineColor === b.extended.underlineColor
  );
}

/** Whether an empty cell has a background colour and nothing else: erasing makes such cells. */
export function isErased({ fg, bg }: RawStyle): boolean {
  return fg === 0 && (bg & ~(kindMask | colourMask)) === 0;
}

/** A style that outlives the cell that it was read from. */
export function copyStyle({ fg, bg, extended }: RawStyle): RawStyle {
  const { underlineStyle, underlineColor } = extended;
  return { fg, bg, extended: { underlineStyle, underlineColor } };
}

export const plainStyle: RawStyle = { fg: 0, bg: 0, extended: { underlineStyle: 0, underlineColor: 0 } };

/**
 * Select Graphic Rendition (ECMA-48 8.3.117) from nothing, and DECSCA for protected cells:
 * `CSI 0 ; flag ; … ; colours m` and, when protected, `CSI 1 " q`. SGR 0 takes the protection away in xterm.js.
 */
export function selectStyle({ fg, bg, extended }: RawStyle): string {
  const codes: string[] = ['0'];
  for (const [bit, sgr] of fgFlags) if (fg & bit) codes.push(`${sgr}`);
  for (const [bit, sgr] of bgFlags) if (bg & bit) codes.push(`${sgr}`);
  if (fg & underline) codes.push(`4:${extended.underlineStyle || 1}`);
  const { underlineColor } = extended;
  if (underlineColor !== 0) codes.push(colour(underlineColor, '58', []));
  codes.push(colour(fg, '38', ['3', '9']), colour(bg, '48', ['4', '10']));
  const sgr = `\x1b[${codes.filter((code) => code !== '').join(';')}m`;
  return bg & protectedCell ? `${sgr}\x1b[1"q` : sgr;
}

/** `38;5;n`, `38;2;r;g;b`, or for one of sixteen colours `3n` and `9n`; nothing for the default. */
function colour(value: number, extended: string, short: readonly string[]): string {
  const code = value & colourMask;
  switch (value & kindMask) {
    case 0:
      return '';
    case palette16: {
      const [dark, bright] = short;
      if (dark === undefined || bright === undefined) return `${extended};5;${code & 0xff}`;
      return (code & 0xf) < 8 ? `${dark}${code & 7}` : `${bright}${code & 7}`;
    }
    case palette256:
      return `${extended};5;${code & 0xff}`;
    default:
      return `${extended};2;${code >>> 16};${(code >>> 8) & 0xff};${code & 0xff}`;
  }
}
