import type { Revocation, TokenStore } from './store.ts';

/** How often the store is asked for revocations of other replicas, ms. */
export const pollMs = 250;
/** How often a watcher hears something at least, ms; the contract promises 5 s. */
export const heartbeatMs = 3_000;
/** Revocations that are read at a time. */
const batch = 500;

/** One thing that a watcher hears: a revocation, or that all is quiet up to a revision. */
export type FeedNotice =
  | { readonly kind: 'revocation'; readonly revocation: Revocation }
  | { readonly kind: 'heartbeat'; readonly revision: bigint };

/** Tells watchers about revocations, whichever replica they were made at. */
export interface RevocationFeed extends Disposable {
  /** Says that this instance has just written a revision, so that watchers hear of it at once. */
  announce(revision: bigint): void;
  /**
   * Everything after a revision, in order, then what comes; undefined means from now on. A heartbeat says that everything up to its
   * revision has been told, or is not kept any more. A revision that this history does not know (too old
   * to be kept, or of another database) gives all that is kept: that misses nothing, because revocations are kept longer than any
   * session that they could have ended. Ends with the signal. Throws STORE_UNAVAILABLE as soon as the store does not answer: a
   * heartbeat must not claim what nobody has looked up.
   */
  watch(after: bigint | undefined, signal: AbortSignal): AsyncGenerator<FeedNotice>;
}

/** A feed over a store. It asks the store only while somebody watches. */
export function createRevocationFeed(store: TokenStore): RevocationFeed {
  const waiting = new Set<() => void>();
  let announced = 0n;
  let watchers = 0;
  let timer: NodeJS.Timeout | undefined;
  let failure: unknown;

  function wakeAll(): void {
    for (const wake of waiting) wake();
  }

  async function poll(): Promise<void> {
    try {
      const revision = await store.newestRevision();
      failure = undefined;
      announced = revision > announced ? revision : announced;
    } catch (error) {
      failure = error;
    }
    wakeAll();
    if (watchers > 0) timer = setTimeout(() => void poll(), pollMs);
  }

  function enter(): void {
    watchers += 1;
    if (watchers > 1) return;
    failure = undefined;
    timer = setTimeout(() => void poll(), pollMs);
  }

  function leave(): void {
    watchers -= 1;
    if (watchers === 0) clearTimeout(timer);
  }

  /** Waits for a revision beyond `cursor`, a failure, the signal, or the time for a heartbeat. */
  async function news(cursor: bigint, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + heartbeatMs;
    while (announced <= cursor && failure === undefined && !signal.aborted) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await wakeOr(waiting, left, signal);
    }
    if (failure !== undefined) throw failure;
  }

  return {
    announce(revision) {
      if (revision > announced) announced = revision;
      wakeAll();
    },
    async *watch(after, signal) {
      enter();
      try {
        let newest = await store.newestRevision();
        let cursor = after === undefined ? newest : after > newest ? 0n : after;
        while (!signal.aborted) {
          const found = await store.readRevocations(cursor, batch);
          for (const revocation of found) {
            cursor = revocation.revision;
            yield { kind: 'revocation', revocation };
          }
          if (found.length === batch) continue;
          // What is not kept any more cannot come: without this a watcher that was away for long would be kept waiting for it in a tight loop.
          if (cursor < newest) cursor = newest;
          yield { kind: 'heartbeat', revision: cursor };
          await news(cursor, signal);
          newest = await store.newestRevision();
        }
      } finally {
        leave();
      }
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      wakeAll();
    },
  };
}

/** Resolves at the next wake-up, after `ms`, or with the signal. */
function wakeOr(waiting: Set<() => void>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      waiting.delete(done);
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    waiting.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}
