import type { Scheduler } from '@consolemesh/conductor';

/** A clock that stands still until told; its timers fall due on the way. */
export interface ManualClock extends Scheduler {
  /** Moves on, and fires what falls due on the way, in order. */
  advance(ms: number): void;
  /**
   * Moves on by itself, `speed` times as fast as the machine's clock, until disposed. It only moves while the process works, so a busy
   * machine slows the mesh's time down with everything else.
   */
  run(speed: number): Disposable;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Longest step that a running clock takes at once, real ms: what a stall of the process swallowed is not made up for. */
const longestStep = 20;

/** Begins now. */
export function createManualClock(start = Date.now()): ManualClock {
  let now = start;
  const timers = new Set<Timer>();

  function advance(ms: number): void {
    const end = now + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
      if (!next) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.callback();
    }
    now = end;
  }

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance,
    run(speed) {
      let last = performance.now();
      const ticker = setInterval(() => {
        const at = performance.now();
        advance(Math.round(Math.min(at - last, longestStep) * speed));
        last = at;
      }, 4);
      return { [Symbol.dispose]: () => clearInterval(ticker) };
    },
  };
}

/** The same clock for one part, which can stand still and die with it. */
export interface MortalClock extends Scheduler {
  /** From now on no timer fires. */
  die(): void;
  /** Timers wait; answers how to go on, when all that fell due meanwhile fire at once. */
  stall(): () => void;
}

/** One that lives. */
export function mortal(scheduler: Scheduler): MortalClock {
  let dead = false;
  let held: (() => void)[] | undefined;
  return {
    now: () => scheduler.now(),
    after(ms, callback) {
      let disposed = false;
      const fire = () => {
        if (dead || disposed) return;
        if (held) held.push(fire);
        else callback();
      };
      const timer = scheduler.after(ms, fire);
      return {
        [Symbol.dispose]() {
          disposed = true;
          timer[Symbol.dispose]();
        },
      };
    },
    die() {
      dead = true;
    },
    stall() {
      held ??= [];
      return () => {
        const due = held ?? [];
        held = undefined;
        for (const fire of due) fire();
      };
    },
  };
}
