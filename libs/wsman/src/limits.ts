/** Bounds on what a service may make this client hold, do and wait for. */
export interface WsmanLimits {
  /** Bytes of one answer; beyond it the HTTP client hangs up. */
  readonly answerBytes: number;
  /** Bytes of all answers of one enumeration together. */
  readonly enumerationBytes: number;
  /** Elements of one answer. */
  readonly elements: number;
  /** Elements inside each other. */
  readonly depth: number;
  /** Instances of one enumeration. */
  readonly instances: number;
  /** Pulls of one enumeration. */
  readonly pulls: number;
  /** Pulls in a row that bring nothing and do not end either. */
  readonly emptyPulls: number;
  /** Instances asked for at once (wsman:MaxElements). */
  readonly maxElements: number;
  /** Further attempts after a broken connection, for requests that change nothing. */
  readonly retries: number;
  /** Upper bound of the pause before the first further attempt, in milliseconds; it doubles with each. */
  readonly retryPauseMs: number;
}

/**
 * The largest recorded answer of an iDRAC 8, one of three with all its attributes, has 240 KB, 4,300 elements and 8 elements
 * inside each other. Everything here is far above that.
 */
export const DEFAULT_LIMITS: WsmanLimits = {
  answerBytes: 4 * 1024 * 1024,
  enumerationBytes: 32 * 1024 * 1024,
  elements: 200_000,
  depth: 64,
  instances: 20_000,
  pulls: 500,
  emptyPulls: 5,
  maxElements: 100,
  retries: 2,
  retryPauseMs: 400,
};
