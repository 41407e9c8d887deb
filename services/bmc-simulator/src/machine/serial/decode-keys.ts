import type { KeyName, KeyPress } from '../keys.ts';

/** Makes key presses of what a terminal sends. */
export interface KeyDecoder {
  feed(text: string): KeyPress[];
  /** True while an escape may be the key or the beginning of a sequence; time decides. */
  readonly undecided: boolean;
  /** That time has passed: what is there was all. */
  flush(): KeyPress[];
}

/** Longest sequence that is waited for. */
const longestSequence = 16;

/**
 * ```
 * ESC [ A…D H F        arrows, Home, End        ESC O A…D H F P Q     the same in application mode, F1, F2
 * ESC [ number ~       editing and function keys
 * ESC 2 ESC 9 ESC 0 ESC ! ESC @ ESC -          F2 F9 F10 F11 F12 Del, as firmware takes them from serial lines
 * ESC character        with Alt
 * ```
 */
export function createKeyDecoder(): KeyDecoder {
  let waiting = '';

  function feed(text: string): KeyPress[] {
    const presses: KeyPress[] = [];
    let rest = waiting + text;
    waiting = '';
    while (rest !== '') {
      if (rest[0] !== esc) {
        const character = String.fromCodePoint(rest.codePointAt(0)!);
        const press = plain(character);
        if (press) presses.push(press);
        rest = rest.slice(character.length);
        continue;
      }
      const [sequence] = wholeSequence.exec(rest) ?? [];
      if (sequence) {
        const name = sequences.get(sequence.slice(1));
        if (name) presses.push(named(name));
        rest = rest.slice(sequence.length);
      } else if (rest.length < longestSequence && beginning.test(rest)) {
        waiting = rest;
        break;
      } else if (rest[1] === esc || rest.length >= longestSequence) {
        presses.push(named('Escape'));
        rest = rest.slice(1);
      } else {
        presses.push(withEscape(rest[1]!));
        rest = rest.slice(2);
      }
    }
    return presses;
  }

  return {
    feed,
    get undecided() {
      return waiting !== '';
    },
    flush() {
      const rest = waiting.slice(1);
      const had = waiting !== '';
      waiting = '';
      return had ? [named('Escape'), ...feed(rest)] : [];
    },
  };
}

const esc = '\x1b';
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const wholeSequence = /^\x1b(?:\[\[[A-E]|\[[\d;]*[A-Za-z~]|O[A-Za-z])/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const beginning = /^\x1b(?:\[\[?[\d;]*|O)?$/;

const cursorKeys: readonly [string, KeyName][] = [
  ['A', 'Up'],
  ['B', 'Down'],
  ['C', 'Right'],
  ['D', 'Left'],
  ['H', 'Home'],
  ['F', 'End'],
];

const sequences = new Map<string, KeyName>([
  ...cursorKeys.flatMap(([letter, name]): [string, KeyName][] => [
    [`[${letter}`, name],
    [`O${letter}`, name],
  ]),
  ['OP', 'F1'],
  ['OQ', 'F2'],
  ['[[A', 'F1'],
  ['[[B', 'F2'],
  ['[1~', 'Home'],
  ['[3~', 'Delete'],
  ['[4~', 'End'],
  ['[5~', 'PageUp'],
  ['[6~', 'PageDown'],
  ['[7~', 'Home'],
  ['[8~', 'End'],
  ['[11~', 'F1'],
  ['[12~', 'F2'],
  ['[20~', 'F9'],
  ['[21~', 'F10'],
  ['[23~', 'F11'],
  ['[24~', 'F12'],
]);

const firmwareKeys: Readonly<Record<string, KeyName>> = {
  '2': 'F2',
  '9': 'F9',
  '0': 'F10',
  '!': 'F11',
  '@': 'F12',
  '-': 'Delete',
};

function withEscape(character: string): KeyPress {
  const key = firmwareKeys[character];
  if (key) return named(key);
  return { name: undefined, character, control: false, alt: true };
}

function plain(character: string): KeyPress | undefined {
  const code = character.codePointAt(0)!;
  if (character === '\r' || character === '\n') return named('Enter');
  if (character === '\t') return named('Tab');
  if (character === '\b' || code === 0x7f) return named('Backspace');
  if (code >= 1 && code <= 26) {
    return { name: undefined, character: String.fromCharCode(code + 0x60), control: true, alt: false };
  }
  if (code < 0x20 || (code >= 0x80 && code < 0xa0)) return undefined;
  return { name: undefined, character, control: false, alt: false };
}

function named(name: KeyName): KeyPress {
  return { name, character: undefined, control: false, alt: false };
}
