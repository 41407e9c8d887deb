import { errorRow, type Reason } from '@consolemesh/errors';
import type { Retry } from './console.ts';

/** First and longest wait before another try, ms, by what the error needs. */
export const backOffLimits = {
  /** May heal by itself. */
  quick: { first: 1_000, longest: 60_000 },
  /** Somebody has to do something; a slow retry notices when they have. */
  slow: { first: 60_000, longest: 600_000 },
} as const;

/**
 * What follows a failed attempt. Errors that need other credentials block until the access to the node has changed; everything else is
 * tried again, after a wait that doubles and is spread by ±25 %.
 * `random` is in [0, 1).
 */
export function nextRetry(
  reason: Reason,
  attempts: number,
  now: number,
  fingerprint: string,
  random: number,
): Retry {
  const { recovery } = errorRow(reason);
  if (recovery === 'fix-credentials') return { kind: 'blocked', fingerprint, attempts };
  const quick = recovery === 'retry' || recovery === 'retry-elsewhere' || reason === 'STALE_FENCE';
  const { first, longest } = quick ? backOffLimits.quick : backOffLimits.slow;
  // Beyond 2^20 every product is above the longest wait; the bound keeps the power finite.
  const wait = Math.min(longest, first * 2 ** Math.min(20, attempts - 1));
  return { kind: 'at', at: Math.round(now + wait * (0.75 + random / 2)), attempts };
}
