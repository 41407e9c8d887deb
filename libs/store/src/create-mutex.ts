import { StoreUnavailable } from './errors.ts';

/** Lets one caller in at a time, in the order they came. */
export interface Mutex {
  /** @throws StoreUnavailable when the turn does not come in time, when too many wait, or after `close`. */
  acquire(): Promise<void>;
  release(): void;
  /** Refuses everybody who waits or comes later; resolves when whoever is inside has left, or after the deadline. */
  close(): Promise<void>;
}

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: StoreUnavailable) => void;
}

export function createMutex(timeoutMs: number, maxWaiting = 10_000): Mutex {
  const waiting = new Set<Waiter>();
  let taken = false;
  let closed = false;
  let onEmpty: (() => void) | undefined;

  function wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        waiting.delete(waiter);
      };
      const waiter: Waiter = {
        enter: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const timer = setTimeout(
        () => waiter.refuse(new StoreUnavailable('busy', `the database was busy for ${timeoutMs} ms`)),
        timeoutMs,
      );
      waiting.add(waiter);
    });
  }

  return {
    async acquire() {
      if (closed) throw new StoreUnavailable('closed', 'the database is closed');
      if (waiting.size >= maxWaiting)
        throw new StoreUnavailable('busy', 'too many calls wait for the database');
      if (taken) return wait();
      taken = true;
    },
    release() {
      const [next] = waiting;
      if (next) return next.enter();
      taken = false;
      onEmpty?.();
    },
    async close() {
      closed = true;
      for (const { refuse } of [...waiting]) refuse(new StoreUnavailable('closed', 'the database is closed'));
      if (!taken) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
