/** Work that several callers wait for; it goes on as long as one of them does. */
export interface SharedWork<T> {
  /** Waits for the result. A caller whose signal ends stops waiting; when the last one has, the work is aborted. */
  join(signal: AbortSignal): Promise<T>;
  /** Ends the work; everybody who waits gets `reason`. */
  abort(reason: unknown): void;
  /** Nobody waits for it any more, or it was aborted: it winds up, and its result is of no use to a newcomer. */
  readonly abandoned: boolean;
  /** Resolves when the work has ended, however it ended. */
  readonly settled: Promise<void>;
}

/** Begins the work at once; it has to end soon after its signal. */
export function createSharedWork<T>(work: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
  const controller = new AbortController();
  // Deferred, so that the caller of this function has the object before the work runs.
  const result = Promise.resolve().then(() => work(controller.signal));
  const settled = result.then(
    () => {},
    () => {},
  );
  let callers = 0;

  return {
    settled,
    abort: (reason) => controller.abort(reason),
    get abandoned() {
      return controller.signal.aborted;
    },
    async join(signal) {
      callers += 1;
      const leave = () => {
        callers -= 1;
        if (callers === 0) controller.abort(signal.reason);
      };
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
      try {
        return await firstOf(result, controller.signal, signal);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

/** The result, or the reason of whichever signal ends before it comes. */
async function firstOf<T>(result: Promise<T>, ...signals: AbortSignal[]): Promise<T> {
  for (const signal of signals) signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const listeners = signals.map((signal) => {
      const listener = () => reject(signal.reason);
      signal.addEventListener('abort', listener, { once: true });
      return () => signal.removeEventListener('abort', listener);
    });
    stop = () => {
      for (const off of listeners) off();
    };
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    stop();
  }
}
