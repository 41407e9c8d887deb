/** How many retries a channel may make: a bucket of tokens, so that retries do not multiply the load of a service that is failing. */
export interface RetryBudget {
  /** A call failed in a way that could be retried. Answers whether it may be. */
  spend(): boolean;
  /** A call succeeded. */
  earn(): void;
}

const most = 10;
const perSuccess = 0.1;

/**
 * A full bucket of 10 tokens. A failure takes one, a success gives a tenth back, and while half or less is left nothing is retried: at most
 * five retries in a row, and a tenth of the calls in the long run. Source: gRFC A6, "Throttling Retry Attempts and Hedged RPCs".
 */
export function createRetryBudget(): RetryBudget {
  let tokens = most;
  return {
    spend() {
      tokens = Math.max(0, tokens - 1);
      return tokens > most / 2;
    },
    earn() {
      tokens = Math.min(most, tokens + perSuccess);
    },
  };
}
