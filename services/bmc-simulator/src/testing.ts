import type { Clock } from './clock.ts';

export interface ManualClock extends Clock {
  /** Moves the time and fires what falls due on the way, in order. */
  advance(ms: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

/** A clock that stands still until told, starting at a fixed date. */
export function manualClock(start = Date.UTC(2026, 2, 5, 14, 0, 0)): ManualClock {
  let now = start;
  let timers: { at: number; callback: () => void }[] = [];
  const nextDue = (until: number) => timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return {
        [Symbol.dispose]: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    advance(ms) {
      const end = now + ms;
      for (let due = nextDue(end); due; due = nextDue(end)) {
        const fired = due;
        timers = timers.filter((other) => other !== fired);
        now = Math.max(now, fired.at);
        fired.callback();
      }
      now = end;
    },
    get waiting() {
      return timers.length;
    },
  };
}
