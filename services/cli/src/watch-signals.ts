import type { EventEmitter } from 'node:events';

/** A second signal within this time after the first counts as the same one, ms: npm and the terminal both deliver a Ctrl-C. */
export const sameSignalMs = 500;

/**
 * Ends the process at SIGINT or SIGTERM: at once with `exit(130)`, or, when the command has asked for `stop`, by aborting that signal;
 * then a further signal ends it at once. `clock` gives ms.
 */
export function watchSignals(
  process: EventEmitter,
  exit: (code: number) => void,
  clock: () => number = () => performance.now(),
): { stop(): AbortSignal } {
  const controller = new AbortController();
  let asked = false;
  let first: number | undefined;

  const onSignal = () => {
    if (!asked) return exit(130);
    if (first === undefined) {
      first = clock();
      return controller.abort();
    }
    if (clock() - first >= sameSignalMs) exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  return {
    stop() {
      asked = true;
      return controller.signal;
    },
  };
}
