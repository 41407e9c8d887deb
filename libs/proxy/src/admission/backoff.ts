/** Waits before the n-th attempt in a row (from 0), with jitter; ends early, without an error, when `signal` fires. */
export type Wait = (attempt: number, signal: AbortSignal) => Promise<void>;

/** Waits 0.2 s, 0.4 s … at most 5 s, each shortened at random by up to a half, so that proxies do not come back all at once. */
export const jitteredBackoff: Wait = (attempt, signal) =>
  new Promise((resolve) => {
    const most = Math.min(5_000, 200 * 2 ** Math.min(attempt, 10));
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, most * (0.5 + Math.random() / 2));
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
