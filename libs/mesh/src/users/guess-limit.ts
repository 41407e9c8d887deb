import { createWindowedCounts } from '../windowed-counts.ts';

/** Wrong passwords in a window: of one user from one address, and of one address for all users together. */
export const guessLimits = { pair: 10, address: 100, windowMs: 60_000, entries: 10_000 } as const;

/** Counts wrong passwords. */
export interface GuessLimit {
  /** Whether no further password of this user is looked at from this address for now. */
  limited(user: string, address: string): boolean;
  wrong(user: string, address: string): void;
}

/** Counters in windows of a minute. Others may go on meanwhile: an attacker locks nobody out but whoever shares the address. `clock` gives ms. */
export function createGuessLimit(clock: () => number = () => performance.now()): GuessLimit {
  const counts = createWindowedCounts(guessLimits, clock);
  const pair = (user: string, address: string) => `${user} ${address}`;
  return {
    limited: (user, address) =>
      counts.of(pair(user, address)) >= guessLimits.pair || counts.of(address) >= guessLimits.address,
    wrong(user, address) {
      // First: names of users are made up sooner than addresses are.
      counts.add(address);
      counts.add(pair(user, address));
    },
  };
}
