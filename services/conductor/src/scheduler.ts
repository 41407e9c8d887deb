/** Time as the conductor sees it; tests give one that they move by hand. */
export interface Scheduler {
  /** Milliseconds since the epoch, never going back. */
  now(): number;
  /** Calls back once after `ms`, unless disposed before. Does not keep the process alive. */
  after(ms: number, callback: () => void): Disposable;
}

/** The machine's monotonic clock and timers. */
export const systemScheduler: Scheduler = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export function pause(scheduler: Scheduler, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      timer[Symbol.dispose]();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = scheduler.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Calls `task` every `ms`, counted from the end of the one before. Disposing waits for the one that runs. */
export function every(scheduler: Scheduler, ms: number, task: () => Promise<void>): AsyncDisposable {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer = scheduler.after(ms, tick);
  function tick(): void {
    running = task().finally(() => {
      if (!stopped) timer = scheduler.after(ms, tick);
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      timer[Symbol.dispose]();
      await running;
    },
  };
}
