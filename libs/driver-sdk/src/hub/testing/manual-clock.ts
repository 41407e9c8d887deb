import type { Clock } from '../clock.ts';

/** A clock that stands still until it is told. */
export interface ManualClock extends Clock {
  /** Lets time pass, and everything happen that is due. */
  advance(ms: number): void;
}

export function manualClock(start = 1_000_000): ManualClock {
  let now = start;
  const due = new Set<{ at: number; work: () => void }>();
  return {
    now: () => now,
    after(ms, work) {
      const entry = { at: now + ms, work };
      due.add(entry);
      return () => due.delete(entry);
    },
    advance(ms) {
      now += ms;
      for (const entry of [...due].sort((a, b) => a.at - b.at)) {
        if (entry.at <= now && due.delete(entry)) entry.work();
      }
    },
  };
}
