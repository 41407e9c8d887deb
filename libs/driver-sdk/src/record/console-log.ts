import { mkdir } from 'node:fs/promises';
import type { Clock } from '../hub/clock.ts';
import { firstSize } from '../hub/first-size.ts';
import type { EntryKind } from './log-entry.ts';
import { type Draft, openSegment, type SegmentWriter } from './write-segment.ts';

/** Bounds of one console's log while it is written. */
export interface LogLimits {
  /** A segment that is larger is followed by another, bytes. */
  readonly segmentBytes: number;
  /** One that is older, too, ms. */
  readonly segmentMs: number;
  /** Bytes that may wait for the disk; more are a gap. */
  readonly waitingBytes: number;
  /** What was heard is written after so long at the latest, ms. */
  readonly flushMs: number;
  /** The same while somebody follows. */
  readonly followedFlushMs: number;
  /** A disk that took nothing is tried again after so long, ms. */
  readonly retryMs: number;
}

export const logLimits: Omit<LogLimits, 'segmentBytes' | 'segmentMs'> = {
  waitingBytes: 1024 * 1024,
  flushMs: 500,
  followedFlushMs: 50,
  retryMs: 10_000,
};

/** Bytes of one entry at most, and how long what comes is gathered in one, ms. */
const [largestEntry, gatherMs, waitingEntries] = [64 * 1024, 50, 4096];

/** What a log tells whoever keeps all of them. */
export interface LogWatcher {
  /** A segment is about to be made; answers when it may begin at the earliest, ms since the epoch. */
  onSegment(): Promise<number>;
  /** A segment has grown; `bytes` is how large it is now. */
  onGrown(first: number, bytes: number): void;
  /** Nothing can be written, for this reason; undefined: it can again. */
  onPaused(error: NodeJS.ErrnoException | undefined): void;
}

/** How far a log can be read at the moment. */
export interface Committed {
  /** The segment that is being written. */
  readonly first: number;
  readonly entries: number;
}

/** The log of one console while it is written or followed. Nothing here throws: a line goes on without its log. */
export interface ConsoleLog {
  /** Takes what the line said. Keeps the buffer until it is written. */
  bytes(chunk: Buffer, at: number): void;
  note(kind: Exclude<EntryKind, 'data' | 'gap'>, at: number, note?: string): void;
  /** The line's size from here on. */
  size: { readonly columns: number; readonly rows: number };
  /** Writes down what waits; resolves when that has been tried. */
  flush(): Promise<void>;
  readonly committed: Committed | undefined;
  /** Time of the newest entry, ms since the epoch. */
  readonly lastAt: number;
  /** Resolves when there is more to read than the given, or the signal ends. */
  more(than: Committed | undefined, signal: AbortSignal): Promise<void>;
  /** The next entry begins another segment. */
  rotate(): Promise<void>;
  /** Writes down what waits and closes the files. */
  close(): Promise<void>;
}

/** A draft that may still grow. */
interface Waiting extends Draft {
  length: number;
  readonly chunks: Buffer[];
}

/** The log of the console whose segments lie in a folder. */
export function createConsoleLog(
  folder: string,
  limits: LogLimits,
  clock: Clock,
  watcher: LogWatcher,
): ConsoleLog {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let lastAt = 0;
  let size = firstSize;
  let segment: SegmentWriter | undefined;
  let segmentSince = 0;
  let paused = false;
  let work: Promise<void> = Promise.resolve();
  let cancelFlush: (() => void) | undefined;
  const followers = new Set<() => void>();

  function draft(kind: EntryKind, at: number, parts: Partial<Waiting> = {}): Waiting {
    // Clocks go back; a log does not.
    lastAt = Math.max(lastAt, Math.floor(at));
    return { kind, at: lastAt, length: 0, note: '', chunks: [], ...size, ...parts };
  }

  /** Says that so many bytes are not there, at this place. */
  function lose(length: number, at: number, note: string): void {
    const last = waiting.at(-1);
    if (last?.kind === 'gap') last.length += length;
    else waiting.push(draft('gap', at, { length, note }));
  }

  function gather(chunk: Buffer, at: number): void {
    const last = waiting.at(-1);
    const fits =
      last?.kind === 'data' &&
      at - last.at < gatherMs &&
      last.length + chunk.length <= largestEntry &&
      last.columns === size.columns &&
      last.rows === size.rows;
    if (fits) {
      last.length += chunk.length;
      last.chunks.push(chunk);
    } else waiting.push(draft('data', at, { length: chunk.length, chunks: [chunk] }));
    waitingBytes += chunk.length;
  }

  function schedule(): void {
    if (waitingBytes >= largestEntry * 2 && !paused) return void flush();
    const ms = paused ? limits.retryMs : followers.size > 0 ? limits.followedFlushMs : limits.flushMs;
    cancelFlush ??= clock.after(ms, () => void flush());
  }

  function flush(): Promise<void> {
    cancelFlush?.();
    cancelFlush = undefined;
    work = work.then(writeWaiting);
    return work;
  }

  async function writeWaiting(): Promise<void> {
    if (waiting.length === 0) return;
    const drafts = waiting;
    waiting = [];
    waitingBytes = 0;
    try {
      const target = await segmentFor(drafts[0]!.at);
      await target.write(drafts);
      watcher.onGrown(target.first, target.bytes);
      if (paused) watcher.onPaused(undefined);
      paused = false;
    } catch (error) {
      waiting = [...givenUp(drafts, codeOf(error)), ...waiting];
      if (!paused) watcher.onPaused(error as NodeJS.ErrnoException);
      paused = true;
      schedule();
    }
    for (const wake of [...followers]) wake();
  }

  async function segmentFor(at: number): Promise<SegmentWriter> {
    const full = segment && segment.bytes >= limits.segmentBytes;
    if (segment && (full || at - segmentSince >= limits.segmentMs)) await endSegment();
    if (!segment) {
      const earliest = await watcher.onSegment();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      segment = await openSegment(folder, Math.max(at, earliest));
      segmentSince = at;
    }
    return segment;
  }

  async function endSegment(): Promise<void> {
    const old = segment;
    segment = undefined;
    await old?.close();
  }

  const log: ConsoleLog = {
    get size() {
      return size;
    },
    set size(next) {
      size = { columns: next.columns, rows: next.rows };
    },
    bytes(chunk, at) {
      const room = waitingBytes + chunk.length <= limits.waitingBytes && waiting.length < waitingEntries;
      if (paused || !room) lose(chunk.length, at, paused ? '' : 'EBUSY');
      else {
        for (let from = 0; from < chunk.length; from += largestEntry) {
          gather(chunk.subarray(from, from + largestEntry), at);
        }
      }
      schedule();
    },
    note(kind, at, note = '') {
      if (waiting.length < waitingEntries) waiting.push(draft(kind, at, { note }));
      schedule();
    },
    flush,
    get committed() {
      return segment && { first: segment.first, entries: segment.entries };
    },
    get lastAt() {
      return lastAt;
    },
    more: (than, signal) =>
      new Promise((resolve) => {
        const look = () => {
          const now = log.committed;
          // A segment that has ended may be followed by one that is to be read.
          const same = now?.first === than?.first && now?.entries === than?.entries;
          if (same && !signal.aborted) return;
          followers.delete(look);
          signal.removeEventListener('abort', look);
          resolve();
        };
        followers.add(look);
        signal.addEventListener('abort', look);
        look();
        // What waits already was going to be written later.
        if (waiting.length > 0 && !paused) {
          cancelFlush?.();
          cancelFlush = undefined;
          schedule();
        }
      }),
    rotate() {
      work = work.then(endSegment);
      return work;
    },
    async close() {
      await flush();
      cancelFlush?.();
      cancelFlush = undefined;
      work = work.then(endSegment);
      await work;
      for (const wake of [...followers]) wake();
    },
  };
  return log;
}

/** What is left of drafts that the disk did not take: how many bytes they were, and what happened. */
function givenUp(drafts: readonly Waiting[], note: string): Waiting[] {
  const events = drafts.filter(({ kind }) => kind !== 'data' && kind !== 'gap');
  const length = drafts.reduce((sum, draft) => sum + draft.length, 0);
  return length === 0 ? events : [{ ...drafts[0]!, kind: 'gap', length, note, chunks: [] }, ...events];
}

function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
