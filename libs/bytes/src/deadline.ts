/** An AbortSignal that fires at a deadline or when the caller's own signal does. Dispose it when done. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when it was the clock, not the caller, that ended the wait. */
  readonly expired: boolean;
  [Symbol.dispose](): void;
}

/**
 * Unlike AbortSignal.timeout() the timer ends with the work, so thousands of short handshakes do not leave
 * thousands of armed timers behind.
 * @param ms milliseconds; undefined = no deadline
 */
export function deadline(ms: number | undefined, signal?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const onAbort = () => controller.abort(signal?.reason);
  const timer =
    ms === undefined
      ? undefined
      : setTimeout(() => {
          expired = true;
          controller.abort(new Error(`deadline of ${ms} ms reached`));
        }, ms);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
