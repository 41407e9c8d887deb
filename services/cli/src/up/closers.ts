/** Things that were started, to be ended in the opposite order. */
export interface Closers extends AsyncDisposable {
  /** Remembers something and hands it back. */
  use<T extends Disposable | AsyncDisposable>(started: T): T;
  /** Remembers what ends something. */
  defer(end: () => Promise<void> | void): void;
}

/**
 * An empty list. Its disposal goes on after an end that failed and rejects with the first failure when all have been tried.
 * (Node 20 has no AsyncDisposableStack.)
 */
export function createClosers(): Closers {
  const ends: (() => Promise<void> | void)[] = [];
  return {
    use(started) {
      ends.push(async () => {
        if (Symbol.asyncDispose in started) await started[Symbol.asyncDispose]();
        else started[Symbol.dispose]();
      });
      return started;
    },
    defer(end) {
      ends.push(end);
    },
    async [Symbol.asyncDispose]() {
      const failures: unknown[] = [];
      for (let end = ends.pop(); end; end = ends.pop()) {
        try {
          await end();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
