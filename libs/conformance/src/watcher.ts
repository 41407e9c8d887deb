import assert from 'node:assert/strict';

/** A watch that runs in the background; what it said can be waited for. */
export interface Watcher<T> extends AsyncDisposable {
  /** Notices so far. */
  readonly notices: readonly T[];
  /** The first notice from number `from` on that passes; waits for it. */
  next(what: string, passes: (notice: T) => boolean, from?: number, patienceMs?: number): Promise<T>;
}

/** Reads a stream until the watcher is disposed. */
export function watchStream<T>(open: (signal: AbortSignal) => AsyncIterable<T>): Watcher<T> {
  const notices: T[] = [];
  const abort = new AbortController();
  let failure: unknown;
  let over = false;
  let wake: (() => void)[] = [];
  const tell = () => {
    for (const waiting of wake) waiting();
    wake = [];
  };
  const running = (async () => {
    try {
      for await (const notice of open(abort.signal)) {
        notices.push(notice);
        tell();
      }
    } catch (error) {
      failure = error;
    }
    over = true;
    tell();
  })();

  return {
    notices,
    async next(what, passes, from = 0, patienceMs = 10_000) {
      const deadline = Date.now() + patienceMs;
      while (true) {
        const found = notices.slice(from).find(passes);
        if (found !== undefined) return found;
        if (failure) throw failure;
        assert(!over, `the watch ended before ${what} came`);
        const left = deadline - Date.now();
        assert(left > 0, `${what} did not come within ${patienceMs} ms`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}
