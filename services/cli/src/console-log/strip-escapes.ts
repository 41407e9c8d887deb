/** A piece of a terminal's output that a person can read: text, or the place where a line ends. */
type Token = string | typeof lineEnd;
const lineEnd = Symbol('the end of a line');

/** States of the reader of escape sequences (ECMA-48, and what VT500 terminals do with it). */
type State = 'text' | 'escape' | 'intermediate' | 'control' | 'string' | 'string-escape';

/** A line of what a console said, with the time of its first character. */
export interface PlainLine {
  readonly at: number;
  readonly text: string;
}

/** Characters of one line; a longer one is cut. */
const longestLine = 4096;
/** Moves to another line, up, down, or anywhere (CUU, CUD, CNL, CPL, CUP, HVP, VPA, ED), end a line. */
const movesAway = 'ABEFHJfd';

/**
 * Makes lines of text out of a terminal's bytes, cut anywhere: without escape sequences and control characters, with back-spaces applied. A
 * screen that is painted (a firmware's menu) comes out in the order in which it was painted.
 */
export function createLineReader() {
  const decoder = new TextDecoder();
  let state: State = 'text';
  let parameters = '';
  let text = '';
  let since: number | undefined;

  /** What one character means. */
  function read(character: string): Token {
    const code = character.charCodeAt(0);
    switch (state) {
      case 'text':
        return readText(character, code);
      case 'escape':
        return readEscape(character, code);
      case 'intermediate':
        if (code >= 0x30) state = 'text';
        return '';
      case 'control':
        if (code === 0x1b) state = 'escape';
        else if (code >= 0x40 && code < 0x7f) return endControl(character);
        else parameters = parameters.length < 16 ? parameters + character : parameters;
        return '';
      case 'string':
        if (code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a) state = 'text';
        else if (code === 0x1b) state = 'string-escape';
        return '';
      case 'string-escape':
        state = character === '\\' ? 'text' : 'escape';
        return state === 'text' ? '' : read(character);
    }
  }

  function readText(character: string, code: number): Token {
    if (code === 0x1b) state = 'escape';
    else if (code === 0x9b) beginControl();
    else if (code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f)) state = 'string';
    else if (code === 0x0a || code === 0x0d) return lineEnd;
    else if (code === 0x08) text = text.slice(0, -1);
    else if (code === 0x09 || (code >= 0x20 && code < 0x7f) || code >= 0xa0) return character;
    return '';
  }

  function readEscape(character: string, code: number): Token {
    state = 'text';
    if (character === '[') beginControl();
    else if (']P^_X'.includes(character)) state = 'string';
    else if (code >= 0x20 && code < 0x30) state = 'intermediate';
    else if (code === 0x1b) state = 'escape';
    else if ('cDEM'.includes(character)) return lineEnd;
    return '';
  }

  function beginControl(): void {
    state = 'control';
    parameters = '';
  }

  function endControl(final: string): Token {
    state = 'text';
    if (movesAway.includes(final)) return lineEnd;
    // A cursor that goes to the right leaves a gap.
    if (final === 'C') return ' '.repeat(Math.max(1, Math.min(Number.parseInt(parameters, 10) || 1, 80)));
    return final === 'G' ? ' ' : '';
  }

  function* take(): Generator<PlainLine> {
    const line = text.trimEnd();
    if (line !== '') yield { at: since ?? 0, text: line };
    text = '';
    since = undefined;
  }

  function* feed(characters: string, at: number): Generator<PlainLine> {
    for (const character of characters) {
      const token = read(character);
      if (token === lineEnd) yield* take();
      else if (token !== '') {
        since ??= at;
        text += token;
        if (text.length >= longestLine) yield* take();
      }
    }
  }

  return {
    /** Lines that are complete now. */
    push: (bytes: Uint8Array, at: number) => feed(decoder.decode(bytes, { stream: true }), at),
    /** The line that is not complete, at the end or where something happens. */
    *end(): Generator<PlainLine> {
      yield* feed(decoder.decode(), since ?? 0);
      yield* take();
    },
  };
}
