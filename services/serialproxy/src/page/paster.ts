import { linesOf, type Pace, paste, pasteBytes } from './paste.ts';

/** Where a paste stands. */
export type PasteState =
  | { readonly kind: 'idle' }
  /** Several lines wait for a word of the operator. */
  | { readonly kind: 'asking'; readonly text: string; readonly lines: number }
  | { readonly kind: 'running'; readonly done: number; readonly total: number };

/** One paste at a time: asked for where it has several lines, paced, to be stopped at any moment. */
export interface Paster {
  readonly state: PasteState;
  /** Somebody pastes. */
  request(text: string): void;
  /** Yes, these lines. */
  confirm(): void;
  /** Stops what runs, drops what waits. */
  stop(): void;
}

export interface PasterOptions {
  readonly send: (bytes: Uint8Array) => void;
  readonly unsent: () => number;
  readonly pace: () => Pace;
  /** The program wants pastes to be marked. */
  readonly bracketed: () => boolean;
  /** Why nothing can be pasted now; undefined = it can. */
  readonly refused: () => string | undefined;
  readonly changed: (now: PasteState) => void;
  readonly says: (sentence: string) => void;
}

/** Longest text that is pasted in one go, characters. */
export const longestPaste = 16 * 1024 * 1024;

export function createPaster(options: PasterOptions): Paster {
  const { send, unsent, pace, bracketed, refused, changed, says } = options;
  let state: PasteState = { kind: 'idle' };
  let running: AbortController | undefined;

  const become = (next: PasteState) => {
    state = next;
    changed(next);
  };
  const run = async (text: string) => {
    const stop = new AbortController();
    running = stop;
    const bytes = pasteBytes(text, bracketed());
    become({ kind: 'running', done: 0, total: bytes.length });
    const sent = await paste(bytes, {
      ...{ send, unsent, pace: pace(), signal: stop.signal },
      progress: (done, total) => running === stop && become({ kind: 'running', done, total }),
    });
    if (running !== stop) return;
    running = undefined;
    become({ kind: 'idle' });
    if (sent < bytes.length) says(`Pasting stopped after ${sent} of ${bytes.length} bytes.`);
  };
  return {
    get state() {
      return state;
    },
    request(text) {
      const why = state.kind === 'running' ? 'Something is being pasted already.' : refused();
      if (why !== undefined) return says(why);
      if (text.length > longestPaste) return says('That is too much to paste at once.');
      const lines = linesOf(text);
      if (lines > 1 || /[\r\n]$/.test(text)) become({ kind: 'asking', text, lines });
      else void run(text);
    },
    confirm() {
      if (state.kind !== 'asking') return;
      const { text } = state;
      const why = refused();
      if (why === undefined) return void run(text);
      become({ kind: 'idle' });
      says(why);
    },
    stop() {
      if (state.kind === 'asking') become({ kind: 'idle' });
      running?.abort();
    },
  };
}
