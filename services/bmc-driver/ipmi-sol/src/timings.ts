/** How long things take, ms. */
export interface Timings {
  /** Wait for the first answer during a login, and in a session; each further try waits `stepMs` longer. */
  readonly answerMs: number;
  readonly stepMs: number;
  /** Tries of a login. */
  readonly tries: number;
  /** Longest search for what an instance that is gone has left behind, when a console ends. */
  readonly stopMs: number;
  /** A thief often ends a console before it opens it: who has it is asked again after this. */
  readonly settleMs: number;
  /** Between two looks whether a console that somebody else has is free. */
  readonly busyMs: number;
  /** Before a console is taken back for the first time; twice as long each further time. */
  readonly takeBackMs: number;
  /** A console is taken back so often within so long; then it is waited for. */
  readonly takeBacks: number;
  readonly takeBackWindowMs: number;
}

export const usualTimings: Timings = {
  answerMs: 1_000,
  stepMs: 1_000,
  tries: 4,
  stopMs: 6_000,
  settleMs: 1_000,
  busyMs: 45_000,
  takeBackMs: 5_000,
  takeBacks: 3,
  takeBackWindowMs: 10 * 60_000,
};

/** A quarter more or less, so that the consoles of a BMC network do not come at once. */
export function spread(ms: number, random: () => number): number {
  return Math.round(ms * (0.75 + 0.5 * random()));
}
