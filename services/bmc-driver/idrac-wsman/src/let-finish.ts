/** For how long a write that is on its way is waited for after its caller has gone, ms. */
const graceMs = 5_000;

/**
 * A signal for one write: it fires a while after the caller's. A write that is cut off may still be carried out, after somebody has read that
 * nothing was changed and has put nothing back.
 */
export function letFinish(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => controller.abort(signal.reason), graceMs);
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
