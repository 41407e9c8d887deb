import type { LogMessage, LogPiece, LogSpan, LogWish } from '@consolemesh/proxy/page';

/** A part of a log that was read. */
export interface LogPart {
  readonly pieces: readonly LogPiece[];
  /** Where the log goes on, ms since the epoch, when this is not all of it. */
  readonly next: number | undefined;
}

/** Reads parts of the log through the session of this tab; one at a time. */
export interface LogReader {
  read(span: LogSpan): void;
  /** What the proxy tells; what belongs to an older reading is passed over. */
  hear(message: LogMessage): void;
  /** Nothing more is wanted; nothing more is told. */
  cancel(): void;
  readonly reading: boolean;
}

export interface LogReaderOptions {
  readonly send: (wish: LogWish) => void;
  /** So many bytes so far. */
  readonly progress: (bytes: number) => unknown;
  readonly done: (part: LogPart) => void;
  readonly failed: (reason: string, message: string | undefined) => void;
  /** Calls `act` after so many ms unless what it answers is called before. */
  readonly after?: (ms: number, act: () => void) => () => void;
}

/** The proxy sends no more than 4 MiB; more than this would be somebody else, bytes. */
const mostBytes = 8 * 1024 * 1024;
/** A proxy that knows of no logs says nothing, ms. */
const silenceMs = 30_000;

export function createLogReader(options: LogReaderOptions): LogReader {
  const { send, progress, done, failed, after = afterTime } = options;
  let number = 0;
  let current: { pieces: LogPiece[]; bytes: number } | undefined;
  let stopWaiting = () => {};

  const cancel = () => {
    stopWaiting();
    if (current) send({ type: 'log', action: 'stop', reading: number });
    current = undefined;
  };
  const expect = () => {
    stopWaiting();
    stopWaiting = after(silenceMs, () => {
      cancel();
      failed('DEADLINE_EXCEEDED', 'The console service does not answer.');
    });
  };
  return {
    get reading() {
      return current !== undefined;
    },
    cancel,
    read(span) {
      cancel();
      number += 1;
      current = { pieces: [], bytes: 0 };
      expect();
      send({ type: 'log', action: 'read', reading: number, ...span });
    },
    hear(message) {
      if (!current || message.reading !== number) return;
      if ('pieces' in message) {
        expect();
        for (const piece of message.pieces) {
          current.pieces.push(piece);
          current.bytes += 'data' in piece ? piece.data.length : 0;
        }
        progress(current.bytes);
        if (current.bytes > mostBytes) {
          const { pieces } = current;
          cancel();
          return done(cutPart(pieces));
        }
        if (message.wait) send({ type: 'log', action: 'more', reading: number });
        return;
      }
      const { pieces } = current;
      current = undefined;
      stopWaiting();
      if (message.over === 'failed') failed(message.reason ?? 'INTERNAL', message.message);
      else done(message.over === 'end' ? { pieces, next: undefined } : cutPart(pieces));
    },
  };
}

/** A part that was cut goes on at the time of its last pieces, which are left to the next one: so none is missing and none comes twice. */
function cutPart(pieces: readonly LogPiece[]): LogPart {
  const next = pieces.at(-1)?.at;
  const kept = next === undefined ? [] : pieces.filter(({ at }) => at < next);
  return kept.length === 0
    ? { pieces, next: next === undefined ? undefined : next + 1 }
    : { pieces: kept, next };
}

function afterTime(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}
