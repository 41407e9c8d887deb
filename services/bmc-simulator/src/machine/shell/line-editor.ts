import type { KeyPress } from '../keys.ts';

/** What a key did to the line: nothing to do, redraw it, or hand it on. */
export type LineResult =
  | { readonly kind: 'changed' }
  | { readonly kind: 'entered'; readonly line: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'cleared' };

/** One line being typed, with the keys of a usual shell. */
export interface LineEditor {
  readonly text: string;
  /** 0 to the length of the text. */
  readonly cursor: number;
  key(key: KeyPress): LineResult;
}

/** Longest line: what fits on a row beside a prompt, so that a line never wraps. */
export const longestLine = 90;

export interface LineEditorOptions {
  /** Unless told, what fits beside a prompt on the screen. */
  longestLine?: number;
  history?: readonly string[];
  /** Gives the words that begin so, for Tab. */
  complete?: (start: string) => readonly string[];
}

export function createLineEditor(options: LineEditorOptions = {}): LineEditor {
  const { history = [], complete, longestLine: longest = longestLine } = options;
  let text = '';
  let cursor = 0;
  let place = history.length;

  const set = (line: string) => {
    text = line;
    cursor = line.length;
  };
  const insert = (added: string) => {
    if (text.length + added.length > longest) return;
    text = text.slice(0, cursor) + added + text.slice(cursor);
    cursor += added.length;
  };
  const remove = (from: number, to: number) => {
    text = text.slice(0, Math.max(0, from)) + text.slice(to);
    cursor = Math.max(0, from);
  };
  const recall = (by: number) => {
    place = Math.max(0, Math.min(history.length, place + by));
    set(history[place] ?? '');
  };
  const completeWord = () => {
    const matches = cursor === text.length && !text.includes(' ') ? (complete?.(text) ?? []) : [];
    if (matches.length === 1) set(`${matches[0]} `);
  };
  const controlKey = (character: string): LineResult => {
    if (character === 'c') return { kind: 'interrupted' };
    if (character === 'd' && text === '') return { kind: 'ended' };
    if (character === 'l') return { kind: 'cleared' };
    if (character === 'a') cursor = 0;
    if (character === 'e') cursor = text.length;
    if (character === 'u') remove(0, cursor);
    if (character === 'k') text = text.slice(0, cursor);
    if (character === 'w') remove(text.slice(0, cursor).trimEnd().lastIndexOf(' ') + 1, cursor);
    return { kind: 'changed' };
  };
  const named: Partial<Record<NonNullable<KeyPress['name']>, () => void>> = {
    Backspace: () => cursor > 0 && remove(cursor - 1, cursor),
    Delete: () => remove(cursor, cursor + 1),
    Left: () => {
      cursor = Math.max(0, cursor - 1);
    },
    Right: () => {
      cursor = Math.min(text.length, cursor + 1);
    },
    Home: () => {
      cursor = 0;
    },
    End: () => {
      cursor = text.length;
    },
    Up: () => recall(-1),
    Down: () => recall(1),
    Tab: completeWord,
  };

  return {
    get text() {
      return text;
    },
    get cursor() {
      return cursor;
    },
    key({ name, character, control, alt }) {
      if (name === 'Enter') return { kind: 'entered', line: text };
      if (name) named[name]?.();
      else if (character && control) return controlKey(character.toLowerCase());
      else if (character && !alt && character.length === 1) insert(character);
      return { kind: 'changed' };
    },
  };
}
