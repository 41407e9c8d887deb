import type { Clock } from '../clock.ts';

/** A clock that stands still until told. */
export interface ManualClock extends Clock {
  /** Moves on and fires what falls due on the way, in order; lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Moves to the next timer and fires it; false when there is none. */
  step(): boolean;
  /** Moves from timer to timer until the promise is settled. @throws when no timer is left or `limitMs` has passed */
  until<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** Timers that are armed. */
  readonly armed: number;
}

interface Timer {
  at: number;
  callback: () => void;
}

export function createManualClock(start = 1_000): ManualClock {
  let now = start;
  const timers = new Set<Timer>();

  function earliest(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }

  function step(): boolean {
    const next = earliest();
    if (next === undefined) return false;
    timers.delete(next);
    now = Math.max(now, next.at);
    next.callback();
    return true;
  }

  /** Everything that promises, ticks and streams do without a timer. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    step,
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        step();
        await settle();
      }
      now = end;
    },
    async until(promise, limitMs = 600_000) {
      const end = now + limitMs;
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      for (;;) {
        // Twice: what a settled promise starts may settle another.
        await settle();
        await settle();
        if (settled) return promise;
        if (now > end) throw new Error(`still waiting after ${limitMs} ms of the manual clock`);
        // No timer: something real (a socket, a hash) is on its way, or nothing is. The runner's own timeout tells.
        step();
      }
    },
    get armed() {
      return timers.size;
    },
  };
}
