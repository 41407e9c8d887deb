import type { Clock } from '../clock.ts';

/** Timers that end together. */
export function createTimers(clock: Clock) {
  const waiting = new Set<Disposable>();
  return {
    after(ms: number, callback: () => void) {
      const timer = clock.after(ms, () => {
        waiting.delete(timer);
        callback();
      });
      waiting.add(timer);
    },
    [Symbol.dispose]() {
      for (const timer of waiting) timer[Symbol.dispose]();
      waiting.clear();
    },
  };
}
