import { setTimeout as sleep } from 'node:timers/promises';
import { MeshError } from '@consolemesh/errors';
import { endOfError } from '../session/end.ts';
import { createRateLimit } from '../session/rate-limit.ts';
import { type BatchLimits, batchLog } from './batch-log.ts';
import type { LogMessage, LogWish } from './log-talk.ts';
import type { ReadSessionLog } from './read-session-log.ts';

/** What one session may read of its line's log. */
export const logLimits = {
  /** One message, and one reading. */
  batch: { message: 12 * 1024, bytes: 4 * 1024 * 1024, pieces: 50_000 } satisfies BatchLimits,
  /** Messages that are sent before the client has to ask for more. */
  window: 16,
  /** A window is not followed by the next before this, ms: together at most 1.4 MB of the line each second. */
  windowMs: 100,
  /** Longest reading, ms, and longest wait for the client to ask for more. */
  readingMs: 120_000,
  waitMs: 30_000,
  /** Readings: so many at once, then so many each second. */
  readings: { burst: 8, perSecond: 0.2 },
} as const;

/** The reading of one session: a newer one ends the older. */
export interface LogPlaying extends Disposable {
  hear(wish: LogWish): void;
}

export interface LogPlayingOptions {
  readonly sessionId: string;
  readonly read: ReadSessionLog;
  readonly tell: (message: LogMessage) => void;
  readonly now: () => number;
  /** Test seam. */
  readonly limits?: typeof logLimits;
}

interface Reading {
  readonly id: number;
  readonly stop: AbortController;
  /** The client wants more. */
  more(): void;
}

/**
 * Reads the log for one session at the client's pace: what waits for a client is never more than one window, and nothing is read
 * for a session that is over.
 */
export function createLogPlaying(options: LogPlayingOptions): LogPlaying {
  const { tell, now, limits = logLimits } = options;
  const rate = createRateLimit(limits.readings, now);
  let current: Reading | undefined;

  function begin(wish: Extract<LogWish, { action: 'read' }>): void {
    current?.stop.abort();
    current = undefined;
    const { reading } = wish;
    const waitMs = rate.take('');
    if (waitMs > 0) {
      const message = `Too many readings; try again in ${Math.ceil(waitMs / 1000)} seconds.`;
      tell({ type: 'log', reading, over: 'failed', reason: 'RATE_LIMITED', message });
      return;
    }
    const stop = new AbortController();
    const pace = createPace(limits);
    const mine: Reading = { id: reading, stop, more: pace.more };
    current = mine;
    void read(options, limits, wish, pace, stop.signal).finally(() => {
      stop.abort();
      if (current === mine) current = undefined;
    });
  }

  return {
    hear(wish) {
      if (wish.action === 'read') return begin(wish);
      if (current?.id !== wish.reading) return;
      if (wish.action === 'more') current.more();
      else current.stop.abort();
    },
    [Symbol.dispose]: () => current?.stop.abort(),
  };
}

/** From the first piece to the last word; a reading that nobody wants any more ends without one. Never throws. */
async function read(
  { sessionId, read, tell }: LogPlayingOptions,
  limits: typeof logLimits,
  wish: Extract<LogWish, { action: 'read' }>,
  pace: Pace,
  stopped: AbortSignal,
): Promise<void> {
  const { reading } = wish;
  const late = AbortSignal.timeout(limits.readingMs);
  const signal = AbortSignal.any([stopped, late]);
  try {
    // One byte more than is passed on: so it is seen that there is more.
    const log = read(sessionId, wish, limits.batch.bytes + 1, signal);
    const batches = batchLog(log, limits.batch);
    for (;;) {
      const { done, value } = await batches.next();
      if (stopped.aborted) return void (await batches.return('end'));
      if (done) return tell({ type: 'log', reading, over: value, reason: null, message: null });
      const wait = pace.sent();
      tell({ type: 'log', reading, pieces: value, wait });
      if (wait) await pace.wanted(signal);
    }
  } catch (error) {
    if (stopped.aborted) return;
    const known = late.aborted ? new MeshError('DEADLINE_EXCEEDED', 'Reading the log took too long.') : error;
    const { reason, message } = endOfError(known);
    tell({ type: 'log', reading, over: 'failed', reason, message });
  }
}

interface Pace {
  /** One message was sent; answers whether the window is full. */
  sent(): boolean;
  more(): void;
  /** Resolves when the client has asked for more and the window's time is over. Rejects when it never asks. */
  wanted(signal: AbortSignal): Promise<void>;
}

function createPace({ window, windowMs, waitMs }: typeof logLimits): Pace {
  let left: number = window;
  let began = performance.now();
  let ask: (() => void) | undefined;
  return {
    sent() {
      if (left === window) began = performance.now();
      left -= 1;
      return left === 0;
    },
    more: () => ask?.(),
    async wanted(signal) {
      const ended = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      await new Promise<void>((resolve, reject) => {
        const gaveUp = () => reject(new MeshError('DEADLINE_EXCEEDED', 'The page did not take the log.'));
        ask = resolve;
        ended.addEventListener('abort', gaveUp, { once: true });
        if (ended.aborted) gaveUp();
      });
      ask = undefined;
      await sleep(Math.max(0, began + windowMs - performance.now()), undefined, { signal });
      left = window;
    },
  };
}
