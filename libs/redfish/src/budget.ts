import { deadline } from '@consolemesh/bytes';
import { HttpError } from '@consolemesh/http';

/** The time that one call has, over all its exchanges and waits. */
export interface Budget extends Disposable {
  /** Fires when the caller or the end of the client stops the call; not when its time is up. */
  readonly signal: AbortSignal;
  /** Milliseconds left. @throws HttpError TIMEOUT when there are none */
  remaining(awaiting: string): number;
  /** Waits for something that goes on by itself. @throws HttpError TIMEOUT, ABORTED */
  within<T>(promise: Promise<T>, awaiting: string): Promise<T>;
  /** Waits that many milliseconds, or until the time is up. @throws HttpError TIMEOUT, ABORTED */
  pause(ms: number, awaiting: string): Promise<void>;
}

/** @param stops where the call can be stopped while it goes on: the end of the client stops them all */
export function createBudget(ms: number, signal: AbortSignal | undefined, stops: Set<() => void>): Budget {
  const end = performance.now() + ms;
  const controller = new AbortController();
  const stop = () => controller.abort();
  stops.add(stop);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();

  function remaining(awaiting: string): number {
    const left = Math.ceil(end - performance.now());
    if (left <= 0) throw new HttpError('TIMEOUT', `timed out waiting for ${awaiting}`);
    return left;
  }

  /** Settles with the promise, at the signal, or when the time is up with what `onTime` says. */
  async function settle<T>(promise: Promise<T>, wait: number, awaiting: string, onTime: () => T): Promise<T> {
    using limit = deadline(wait, controller.signal);
    const over = new Promise<T>((resolve, reject) => {
      const onOver = () => {
        if (limit.expired) resolve(onTime());
        else reject(new HttpError('ABORTED', `stopped while waiting for ${awaiting}`));
      };
      limit.signal.addEventListener('abort', onOver, { once: true });
      if (limit.signal.aborted) onOver();
    });
    return await Promise.race([promise, over]);
  }

  return {
    signal: controller.signal,
    remaining,
    async within<T>(promise: Promise<T>, awaiting: string): Promise<T> {
      // Others may wait for it too; its failure is theirs when the time is up here.
      promise.catch(() => {});
      const wait = remaining(awaiting);
      const late = Symbol('late');
      const result = await settle<T | typeof late>(promise, wait, awaiting, () => late);
      if (result === late) throw new HttpError('TIMEOUT', `timed out waiting for ${awaiting}`);
      return result as T;
    },
    async pause(wanted, awaiting) {
      const wait = Math.min(wanted, remaining(awaiting));
      await settle<void>(new Promise(() => {}), wait, awaiting, () => {});
    },
    [Symbol.dispose]() {
      stops.delete(stop);
      signal?.removeEventListener('abort', stop);
    },
  };
}
