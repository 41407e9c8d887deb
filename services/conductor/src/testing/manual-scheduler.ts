import type { Scheduler } from '../scheduler.ts';

/** A scheduler whose time stands still until a test moves it. */
export interface ManualScheduler extends Scheduler {
  /** Moves time on, calling what is due in its order; between two callbacks everything that they set off gets its turn. */
  advance(ms: number): Promise<void>;
  /** Moves time at once, as a machine that was suspended sees it: what is due by then is called once, late. */
  jump(ms: number): Promise<void>;
}

/** Turns of the event loop that are granted to what a callback set off: database and loopback calls need several. */
const turns = 20;

/** Begins at 2030-01-01, or at `start` (ms since the epoch). */
export function createManualScheduler(start = Date.UTC(2030, 0, 1)): ManualScheduler {
  let now = start;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => timers.delete(timer) };
    },
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
        await turn();
      }
      now = until;
      await turn();
    },
    async jump(ms) {
      now += ms;
      const due = [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      for (const timer of due) if (timers.delete(timer)) timer.callback();
      await turn();
    },
  };
}

async function turn(): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
