/** Bounds on what a service may make this client hold, do and wait for. */
export interface WsmanLimits {
  /** Bytes of one answer; beyond it the HTTP client hangs up. */
  readonly answerBytes: number;
  /** Bytes of all answers of one enumeration together. */
  readonly enumerationBytes: number;
  /** Elements, attributes, comments and the like of one answer together: each costs the parser about the same. */
  readonly parts: number;
  /** Attributes of one element, declarations of namespaces with them. */
  readonly attributes: number;
  /** Characters of one tag, from `<` to `>`. */
  readonly tagCharacters: number;
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

/** Those that hold for one document. */
export type XmlLimits = Pick<WsmanLimits, 'depth' | 'parts' | 'attributes' | 'tagCharacters'>;

/**
 * The largest recorded answer of an iDRAC 8, one of three with all its attributes, has 240 KB, 4,300 elements, 1,000 attributes and
 * 8 elements inside each other; no element has more than 7 attributes, no tag more than 550 characters. Everything here is far above
 * that, and low enough that an answer which is made to be slow does not hold the event loop for long.
 */
export const DEFAULT_LIMITS: WsmanLimits = {
  answerBytes: 2 * 1024 * 1024,
  enumerationBytes: 8 * 1024 * 1024,
  parts: 50_000,
  attributes: 64,
  tagCharacters: 65_536,
  depth: 64,
  instances: 20_000,
  pulls: 500,
  emptyPulls: 5,
  maxElements: 100,
  retries: 2,
  retryPauseMs: 400,
};
