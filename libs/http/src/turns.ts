import { HttpError } from './errors.ts';

/** Lets one through at a time, in the order of arrival. */
export interface Turns {
  /**
   * Waits for the turn; call the result when it is over. Rejects when the signal fires first.
   * @throws HttpError TIMEOUT at once when 100 wait already: whoever comes after them would hardly have a turn in time
   */
  take(signal: AbortSignal): Promise<() => void>;
}

const MOST_WAITING = 100;

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
        else if (waiting.size >= MOST_WAITING) reject(tooMany());
        else {
          waiting.add(start);
          signal.addEventListener('abort', onAbort, { once: true });
        }
      });
    },
  };
}

function tooMany(): HttpError {
  const text = `${MOST_WAITING} requests to this server wait already; this one was not sent: ask again when some have ended`;
  return new HttpError('TIMEOUT', text);
}
