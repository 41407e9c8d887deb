/** Lets one through at a time, in the order of arrival. */
export interface Turns {
  /** Waits for the turn; call the result when it is over. Rejects when the signal fires first. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createTurns(): Turns {
  const waiting = new Set<() => void>();
  let taken = false;

  function giveBack(): void {
    taken = false;
    const [next] = waiting;
    next?.();
  }

  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.delete(start);
          reject(new Error('stopped'));
        };
        const start = () => {
          waiting.delete(start);
          signal.removeEventListener('abort', onAbort);
          taken = true;
          resolve(giveBack);
        };
        if (signal.aborted) onAbort();
        else if (!taken) start();
        else {
          waiting.add(start);
          signal.addEventListener('abort', onAbort, { once: true });
        }
      });
    },
  };
}
