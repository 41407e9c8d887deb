import { detached } from '@consolemesh/telemetry';
import type { Scheduler } from '../scheduler.ts';
import type { Limiter } from './limits.ts';

/** Rounds of work on consoles: one at a time for each, so many at once in all, and again when something happened meanwhile. */
export interface Rounds {
  /** A round as soon as there is a place; after the one that runs, if one does. */
  wake(id: string): void;
  /** A round in `ms`, unless one comes before. */
  wakeLater(id: string, ms: number): void;
  /** Aborts the round that runs and forgets the one that was to come. */
  stop(id: string): void;
  isRunning(id: string): boolean;
  /** Consoles that are worked on, and those that have a round to come. */
  counts(): { working: number; waiting: number };
  /** No further rounds; those that run are aborted. */
  close(): void;
  /** Resolves when none runs any more. */
  ended(): Promise<void>;
}

/** What a round is. */
export interface RoundsOptions {
  readonly scheduler: Scheduler;
  readonly limiter: Limiter;
  /** One look and at most one step; true: another round at once. */
  round(id: string, signal: AbortSignal): Promise<boolean>;
  /** A round threw; `stopped` says that it was aborted. */
  onFailed(id: string, error: unknown, stopped: boolean): void | Promise<void>;
}

interface Task {
  readonly stopped: AbortController;
  running: Promise<void>;
  /** Something has happened since the round began. */
  dirty: boolean;
}

/** Nothing runs before the first `wake`. */
export function createRounds({ scheduler, limiter, round, onFailed }: RoundsOptions): Rounds {
  const tasks = new Map<string, Task>();
  const timers = new Map<string, Disposable>();
  let closed = false;

  function clearTimer(id: string): void {
    timers.get(id)?.[Symbol.dispose]();
    timers.delete(id);
  }

  async function run(id: string, task: Task): Promise<void> {
    const { signal } = task.stopped;
    try {
      for (let more = true; more && !signal.aborted; ) {
        task.dirty = false;
        more = await limiter.run('', signal, () => round(id, signal));
      }
    } catch (error) {
      if (!closed) await onFailed(id, error, signal.aborted);
    }
  }

  const rounds: Rounds = {
    wake(id) {
      if (closed) return;
      clearTimer(id);
      const running = tasks.get(id);
      if (running) {
        running.dirty = true;
        return;
      }
      const task: Task = { stopped: new AbortController(), running: Promise.resolve(), dirty: false };
      tasks.set(id, task);
      // Whoever woke it is about something else, or about one of many things that a round does.
      task.running = detached(() => run(id, task)).finally(() => {
        tasks.delete(id);
        if (task.dirty) rounds.wake(id);
      });
    },
    wakeLater(id, ms) {
      clearTimer(id);
      // At least a moment: a time that has just come must not spin.
      const timer = scheduler.after(Math.max(10, ms), () => rounds.wake(id));
      timers.set(id, timer);
    },
    stop(id) {
      tasks.get(id)?.stopped.abort();
      clearTimer(id);
    },
    isRunning: (id) => tasks.has(id),
    counts: () => ({ working: tasks.size, waiting: timers.size }),
    close() {
      closed = true;
      for (const id of [...timers.keys()]) clearTimer(id);
      for (const { stopped } of tasks.values()) stopped.abort();
    },
    async ended() {
      await Promise.allSettled([...tasks.values()].map(({ running }) => running));
    },
  };
  return rounds;
}
