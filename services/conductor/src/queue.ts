/** Values on their way from whoever pushes to the one loop that takes them, in order. */
export interface Queue<T> extends AsyncIterable<T> {
  /** False when the queue is closed or full; the value is then dropped. */
  push(value: T): boolean;
  /** Ends the loop after what is in the queue. */
  close(): void;
}

/** A queue of at most `limit` values. */
export function createQueue<T>(limit: number): Queue<T> {
  const values: T[] = [];
  let closed = false;
  let wake: (() => void) | undefined;
  return {
    push(value) {
      if (closed || values.length >= limit) return false;
      values.push(value);
      wake?.();
      return true;
    },
    close() {
      closed = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (values.length > 0) yield values.shift() as T;
        if (closed) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    },
  };
}
