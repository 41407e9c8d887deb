import { MeshError } from '@consolemesh/errors';
import { createWindowedCounts } from '@consolemesh/mesh';

/** How many wrong credentials one proxy may present within a window. */
export const guessLimits = { wrong: 1_000, windowMs: 10_000, proxies: 1_000 };

/** Counts wrong credentials by proxy. */
export interface GuessLimit {
  /** Throws RATE_LIMITED when the proxy has presented too many wrong ones of late. */
  check(proxyId: string): void;
  /** Counts a wrong one. */
  wrong(proxyId: string): void;
}

/**
 * A counter for each proxy in windows of ten seconds. 256 bits cannot be guessed: the limit keeps a flood from the database, and it is
 * high, because it stands between a proxy's honest users and their consoles as well. Proxies limit each client address by themselves.
 * `clock` gives milliseconds.
 */
export function createGuessLimit(clock: () => number = () => performance.now()): GuessLimit {
  const { windowMs, proxies: entries } = guessLimits;
  const counts = createWindowedCounts({ windowMs, entries }, clock);
  return {
    check(proxyId) {
      if (counts.of(proxyId) >= guessLimits.wrong) throw new MeshError('RATE_LIMITED');
    },
    wrong: (proxyId) => counts.add(proxyId),
  };
}
