import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';

/**
 * Turns at logins that no call has been accepted with yet. Many calls come at once for a node (validations, looks, consoles), and each would
 * have a wrong password refused: after the third an iDRAC blocks the address, and then refuses the right password too.
 */
export interface FirstTries {
  /**
   * Waits while another call tries one of these for the first time. Logins that were accepted once are waited for by nobody.
   * @param judge called before and after each wait; what it throws ends the wait
   * @throws MeshError BMC_BUSY after 20 s, or when too many wait already; CANCELLED when the signal ends it
   */
  turn(keys: readonly string[], judge: () => void, signal?: AbortSignal): Promise<Turn>;
  /** They were refused: whether they are accepted is not known any more. */
  doubt(keys: readonly string[]): void;
}

/** What one call tries. Disposed of when the call has ended, so that the next one goes. */
export interface Turn extends Disposable {
  /** All of them were accepted. */
  accepted(): void;
}

interface Try {
  readonly ended: Promise<void>;
  waiters: number;
}

/** `waitMs` is less than the callers' deadlines, so that they learn why; `known` bounds what is remembered. */
const limits = { waitMs: 20_000, waiters: 64, known: 20_000 };

/** Nothing is known to be accepted. */
export function createFirstTries(): FirstTries {
  const known = new Set<string>();
  const trying = new Map<string, Try>();

  const unknown = (keys: readonly string[]) => keys.filter((key) => !known.has(key));
  const inTheWay = (keys: readonly string[]) =>
    unknown(keys)
      .map((key) => trying.get(key))
      .find((other) => other !== undefined);

  function begin(keys: readonly string[]): Turn {
    const mine = unknown(keys);
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const one: Try = { ended, waiters: 0 };
    for (const key of mine) trying.set(key, one);
    return {
      accepted: () => remember(known, keys),
      [Symbol.dispose]() {
        for (const key of mine) trying.delete(key);
        end();
      },
    };
  }

  return {
    doubt(keys) {
      for (const key of keys) known.delete(key);
    },
    async turn(keys, judge, signal) {
      judge();
      let other = inTheWay(keys);
      if (!other) return begin(keys);
      using limit = deadline(limits.waitMs, signal);
      // No await between the last look and the beginning: whoever sees that nobody is in the way is next.
      for (; other; other = inTheWay(keys)) {
        await endOf(other, limit.signal);
        if (limit.expired) throw busy();
        if (limit.signal.aborted) throw new MeshError('CANCELLED', undefined, { cause: signal?.reason });
        judge();
      }
      return begin(keys);
    },
  };
}

/** Resolves when the try has ended, or the signal. */
async function endOf(other: Try, signal: AbortSignal): Promise<void> {
  if (other.waiters >= limits.waiters) throw busy();
  other.waiters += 1;
  let leave = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([other.ended, left]);
  } finally {
    signal.removeEventListener('abort', leave);
    other.waiters -= 1;
  }
}

function busy(): MeshError {
  return new MeshError(
    'BMC_BUSY',
    'Another call is still trying the same credentials there for the first time; try again when it has ended.',
  );
}

/** Sets them as the youngest, and forgets the oldest. */
function remember(known: Set<string>, keys: readonly string[]): void {
  for (const key of keys) {
    known.delete(key);
    known.add(key);
  }
  for (const oldest of known) {
    if (known.size <= limits.known) break;
    known.delete(oldest);
  }
}
