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
  const counts = new Map<string, number>();
  let windowEnds = 0;

  function turnWindow(): void {
    if (clock() < windowEnds) return;
    windowEnds = clock() + guessLimits.windowMs;
    counts.clear();
  }
  const count = (key: string): number => counts.get(key) ?? 0;
  /** Names are the caller's choice: when there are too many, the rest share one count. */
  function add(key: string): void {
    const kept = counts.has(key) || counts.size < guessLimits.entries ? key : '';
    counts.set(kept, count(kept) + 1);
  }

  return {
    limited(user, address) {
      turnWindow();
      return count(`${user} ${address}`) >= guessLimits.pair || count(address) >= guessLimits.address;
    },
    wrong(user, address) {
      turnWindow();
      add(`${user} ${address}`);
      add(address);
    },
  };
}
