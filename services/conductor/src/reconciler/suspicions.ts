import type { Scheduler } from '../scheduler.ts';

/** Looks at consoles that somebody else had trouble with: the first at once, those of a flood rarely. */
export interface Suspicions {
  /** Something that was not the driver found the machine's end of a console wanting. */
  report(id: string): void;
  /** Another conductor looks after it now. */
  forget(id: string): void;
  close(): void;
}

/** What they work with. */
export interface SuspicionOptions {
  readonly scheduler: Scheduler;
  /** In [0, 1); consoles that came under suspicion together are not looked at together again and again. */
  readonly random: () => number;
  look(id: string): void;
}

/** Shortest time between two looks at one console for this reason, ms; up to a quarter more. */
const betweenLooksMs = 10_000;

/**
 * Nobody is suspected at first. Whatever is reported within the pause after a look is one look at its end, so the last report is never
 * left without an answer. Keeps one timer for each console that was reported lately.
 */
export function createSuspicions({ scheduler, random, look }: SuspicionOptions): Suspicions {
  const pausing = new Map<string, { reported: boolean; readonly timer: Disposable }>();

  function lookNow(id: string): void {
    const timer = scheduler.after(betweenLooksMs * (1 + random() / 4), () => {
      const reported = pausing.get(id)?.reported;
      pausing.delete(id);
      if (reported) lookNow(id);
    });
    pausing.set(id, { reported: false, timer });
    look(id);
  }

  function forget(id: string): void {
    pausing.get(id)?.timer[Symbol.dispose]();
    pausing.delete(id);
  }

  return {
    report(id) {
      const entry = pausing.get(id);
      if (entry) entry.reported = true;
      else lookNow(id);
    },
    forget,
    close() {
      for (const id of [...pausing.keys()]) forget(id);
    },
  };
}
