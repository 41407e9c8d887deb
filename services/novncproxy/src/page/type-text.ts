import { type Key, keys, pressCombination, type SendKey } from './keys.ts';

/** Longest text that is typed in one go, characters. */
export const longestText = 8192;

/** Pause between two characters, milliseconds. BMCs drop keys that come faster than their USB keyboard could. */
export const typingPauseMs = { slow: 80, normal: 25, fast: 5 } as const;

export interface TypingOptions {
  readonly send: SendKey;
  readonly pauseMs: number;
  readonly signal: AbortSignal;
  /** Hears how many characters have been typed. */
  readonly progress?: (typed: number, total: number) => void;
  /** Waits; replaced in tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * Types a text key by key. Upper case and shifted signs press Shift as on a US keyboard, since BMCs turn keysyms into scan codes
 * and look at the Shift key; signs that such a keyboard lacks go as their keysym alone.
 *
 * @returns how many characters were typed; fewer than the text has when `signal` stopped it
 */
export async function typeText(text: string, options: TypingOptions): Promise<number> {
  const { send, pauseMs, signal, progress, wait = sleep } = options;
  const strokes = strokesOf(text);
  for (const [index, stroke] of strokes.entries()) {
    if (signal.aborted) return index;
    pressCombination(stroke, send);
    progress?.(index + 1, strokes.length);
    await wait(pauseMs);
  }
  return strokes.length;
}

/** The keys to press for each character of a text, at most {@link longestText} of them. */
export function strokesOf(text: string): readonly (readonly Key[])[] {
  return [...text.replaceAll(/\r\n?/g, '\n')].slice(0, longestText).flatMap((character) => {
    const stroke = strokeOf(character);
    return stroke ? [stroke] : [];
  });
}

/** Signs of a US keyboard by key: without and with Shift. */
const usKeys: Readonly<Record<string, string>> = {
  Backquote: '`~',
  Digit1: '1!',
  Digit2: '2@',
  Digit3: '3#',
  Digit4: '4$',
  Digit5: '5%',
  Digit6: '6^',
  Digit7: '7&',
  Digit8: '8*',
  Digit9: '9(',
  Digit0: '0)',
  Minus: '-_',
  Equal: '=+',
  BracketLeft: '[{',
  BracketRight: ']}',
  Backslash: '\\|',
  Semicolon: ';:',
  Quote: '\'"',
  Comma: ',<',
  Period: '.>',
  Slash: '/?',
  Space: ' ',
};

const usLayout = new Map<string, { readonly code: string; readonly shift: boolean }>([
  ...Object.entries(usKeys).flatMap(([code, signs]) =>
    [...signs].map((sign, index) => [sign, { code, shift: index === 1 }] as const),
  ),
  ...[...'abcdefghijklmnopqrstuvwxyz'].flatMap((sign) => {
    const code = `Key${sign.toUpperCase()}`;
    return [[sign, { code, shift: false }] as const, [sign.toUpperCase(), { code, shift: true }] as const];
  }),
]);

function strokeOf(character: string): readonly Key[] | undefined {
  if (character === '\n') return [keys.enter];
  if (character === '\t') return [keys.tab];
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return undefined;
  const place = usLayout.get(character);
  const main: Key = { keysym: keysymOf(codePoint), code: place?.code ?? 'Unidentified' };
  return place?.shift ? [keys.shift, main] : [main];
}

/** X11: Latin-1 has its own code points as keysyms, everything else is Unicode plus 0x01000000. */
export function keysymOf(codePoint: number): number {
  return codePoint < 0x100 ? codePoint : 0x01000000 | codePoint;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
