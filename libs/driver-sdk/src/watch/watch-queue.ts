/** What a watch sends next. */
export type Notice<T> =
  | { readonly kind: 'item'; readonly item: T }
  | { readonly kind: 'synced' }
  | { readonly kind: 'heartbeat' };

/** What waits to be sent to one watcher. Newer news about a thing replaces older, so a slow watcher costs one entry for each thing. */
export interface WatchQueue<T> {
  /** Queues the newest state of a thing. */
  put(key: string, item: T): void;
  /** Drops what waits about a thing. */
  drop(key: string): void;
  /** Queues the one `synced`; everything that was put before goes first. */
  synced(): void;
  /** Ends the notices with an error. */
  fail(error: unknown): void;
  /** Notices until the signal, whose reason is thrown. A heartbeat after every `heartbeatMs` of silence. To be iterated once. */
  notices(signal: AbortSignal): AsyncGenerator<Notice<T>>;
}

/** The contract asks for a sign of life every 10 s; half of that leaves room for a slow network. */
const defaultHeartbeatMs = 5_000;

/** An empty queue. */
export function createWatchQueue<T>(heartbeatMs = defaultHeartbeatMs): WatchQueue<T> {
  const pending = new Map<string, T>();
  let syncState: 'no' | 'due' | 'sent' = 'no';
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  let lastSent = performance.now();

  /** Resolves on news, abort, or when nothing was sent for so long. */
  function news(signal: AbortSignal): Promise<'news' | 'silence'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done('silence'), lastSent + heartbeatMs - performance.now());
      const done = (what: 'news' | 'silence') => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(what);
      };
      const onAbort = () => done('news');
      wake = () => done('news');
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  return {
    put(key, item) {
      pending.set(key, item);
      wake();
    },
    drop: (key) => pending.delete(key),
    synced() {
      if (syncState !== 'no') return;
      syncState = 'due';
      wake();
    },
    fail(error) {
      failure ??= { error };
      wake();
    },
    async *notices(signal) {
      while (true) {
        signal.throwIfAborted();
        if (failure) throw failure.error;
        const next = pending.entries().next();
        if (!next.done) {
          const [key, item] = next.value;
          pending.delete(key);
          lastSent = performance.now();
          yield { kind: 'item', item };
        } else if (syncState === 'due') {
          syncState = 'sent';
          lastSent = performance.now();
          yield { kind: 'synced' };
        } else if ((await news(signal)) === 'silence') {
          lastSent = performance.now();
          yield { kind: 'heartbeat' };
        }
      }
    },
  };
}
