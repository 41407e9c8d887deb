import type { Clock } from '../../clock.ts';

/** Counts wrong passwords in a row and locks the door for a while after too many. */
export interface FailureCounter {
  readonly locked: boolean;
  failed(): void;
  succeeded(): void;
}

export function countFailures(
  clock: Clock,
  lockout: { readonly failures: number; readonly seconds: number } | undefined,
): FailureCounter {
  let failures = 0;
  let lockedUntil = Number.NEGATIVE_INFINITY;
  return {
    get locked() {
      return clock.now() < lockedUntil;
    },
    failed() {
      failures++;
      if (!lockout || failures < lockout.failures) return;
      failures = 0;
      lockedUntil = clock.now() + lockout.seconds * 1000;
    },
    succeeded() {
      failures = 0;
    },
  };
}
