/** Tells everybody who listens. */
export interface Broadcast<T> {
  send(message: T): void;
  listen(signal: AbortSignal): AsyncGenerator<T, void, undefined>;
  readonly listeners: number;
}

/** Makes one; a listener is registered at once, not with its first read. */
export function createBroadcast<T>(): Broadcast<T> {
  const listeners = new Set<{ queue: T[]; wake: () => void }>();
  return {
    send(message) {
      for (const listener of listeners) {
        listener.queue.push(message);
        listener.wake();
      }
    },
    listen(signal) {
      const listener = { queue: [] as T[], wake: () => {} };
      listeners.add(listener);
      signal.addEventListener('abort', () => listener.wake(), { once: true });
      return (async function* () {
        try {
          while (!signal.aborted) {
            const next = listener.queue.shift();
            if (next !== undefined) yield next;
            else
              await new Promise<void>((resolve) => {
                listener.wake = resolve;
              });
          }
          throw signal.reason;
        } finally {
          listeners.delete(listener);
        }
      })();
    },
    get listeners() {
      return listeners.size;
    },
  };
}
