import { paintTerminal } from './paint-terminal.ts';
import { unfinishedSequence } from './unfinished.ts';
import { wholeCharacters } from './whole-characters.ts';
import { openCore } from './xterm-core.ts';

/** A terminal's size in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal that nobody looks at: it knows what a screen shows after the bytes that it was fed. It answers nothing. */
export interface Terminal extends Disposable {
  /** Takes bytes, cut anywhere. Never throws. */
  feed(bytes: Buffer): void;
  resize(size: Size): void;
  /**
   * Its state as bytes, in pieces, for another terminal of the same size; with what is unfinished at the end, so that the next byte fits. It
   * must not be fed in between.
   * @param rows most of the scrollback; all of it when absent
   */
  paint(rows?: number): Generator<Buffer>;
}

/**
 * An empty terminal.
 * @param scrollback in rows
 * @param renewAfterBytes after so many it is made anew from its own picture: nothing that it gathers inside lives longer
 */
export function openTerminal(size: Size, scrollback: number, renewAfterBytes = 4 * 1024 * 1024): Terminal {
  let { columns, rows } = size;
  let opened = openCore(columns, rows, scrollback);
  let unfinished: Buffer = Buffer.alloc(0);
  /** The first bytes of a character. */
  let partial: Buffer = Buffer.alloc(0);
  let age = 0;

  function* paint(most = scrollback): Generator<Buffer> {
    for (const text of paintTerminal(opened, most)) if (text !== '') yield Buffer.from(text);
    if (unfinished.length + partial.length > 0) yield Buffer.concat([unfinished, partial]);
  }

  function renew(picture: Iterable<Buffer>): void {
    const fresh = openCore(columns, rows, scrollback);
    for (const piece of picture) fresh.core._inputHandler.parse(piece);
    opened[Symbol.dispose]();
    opened = fresh;
    age = 0;
  }

  function parse(bytes: Buffer): void {
    const all = partial.length > 0 ? Buffer.concat([partial, bytes]) : bytes;
    const whole = all.subarray(0, wholeCharacters(all));
    partial = Buffer.from(all.subarray(whole.length));
    const { _inputHandler } = opened.core;
    _inputHandler.parse(whole);
    const inside = _inputHandler._parser.currentState !== 0;
    unfinished = inside ? unfinishedSequence(unfinished, whole) : Buffer.alloc(0);
  }

  return {
    feed(bytes) {
      try {
        parse(bytes);
        age += bytes.length;
        if (age > renewAfterBytes) renew(paint());
      } catch {
        // Not known to happen; a screen that starts empty is better than a console that ends.
        unfinished = Buffer.alloc(0);
        renew([]);
      }
    },
    resize(wanted) {
      ({ columns, rows } = wanted);
      opened.core.resize(columns, rows);
    },
    paint,
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}
