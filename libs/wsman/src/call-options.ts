/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For the whole call with its pulls and further attempts, in milliseconds. Default 30,000, for enumerate 120,000. */
  readonly deadlineMs?: number;
  /** Texts that must not appear in errors even if the service repeats them. */
  readonly secrets?: readonly string[];
}

/** One call's share of time. */
export interface CallClock {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds, at least 1: whoever waits with it is told that the time is over. */
  remainingMs(): number;
}

export function startClock({ signal, deadlineMs }: CallOptions, defaultMs: number): CallClock {
  const end = performance.now() + (deadlineMs ?? defaultMs);
  return { signal, remainingMs: () => Math.max(1, Math.ceil(end - performance.now())) };
}
