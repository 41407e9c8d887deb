/** When to try again by itself after a connection was lost; pure, so that clock and random numbers stay outside. */
export interface RetryQuestion {
  /** How many attempts have failed since the connection was lost. */
  readonly failures: number;
  /** Milliseconds since the connection was lost. */
  readonly elapsedMs: number;
  /** What the server asked for, milliseconds; null or absent = no wish. */
  readonly retryAfterMs?: number | null;
}

/** The page stops trying by itself this long after the loss, milliseconds; the operator can still ask. */
export const giveUpAfterMs = 60_000;

const firstDelayMs = 500;
const longestDelayMs = 8_000;

/**
 * Delay before the next attempt, milliseconds: 0.5, 1, 2, 4, 8, 8 … s, never earlier than the server asked for.
 * Undefined when the attempt would come after {@link giveUpAfterMs}.
 */
export function nextDelay({ failures, elapsedMs, retryAfterMs }: RetryQuestion): number | undefined {
  const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
  const delay = Math.max(backOff, retryAfterMs ?? 0);
  return elapsedMs + delay > giveUpAfterMs ? undefined : delay;
}
