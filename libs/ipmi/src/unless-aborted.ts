import { cancelled } from './errors.ts';

/**
 * The promise, or CANCELLED as soon as the caller does not want it any more. The work itself goes on: it is for what cannot be interrupted.
 * @throws IpmiError CANCELLED, and what the work throws
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(cancelled(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
