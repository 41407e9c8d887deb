/** How long things are waited for, ms. */
export interface Timings {
  /** The whole of a call; they end before the deadlines of the contract, a logout of 5 s included. */
  readonly validateMs: number;
  readonly startMs: number;
  readonly openMs: number;
  readonly checkMs: number;
  /** One request, or one step of a login. */
  readonly requestMs: number;
  /** Between two signs of life on a quiet line; a line that gives none for two of them is lost. */
  readonly keepaliveMs: number;
  /** Between two uses of a Redfish session whose WebSocket is open: services forget idle ones, from half a minute on. */
  readonly touchMs: number;
  /** A command line is given its command when it has been quiet for so long after its prompt … */
  readonly promptQuietMs: number;
  /** … and at the latest after this. */
  readonly promptMs: number;
  /** For the hot key to be understood, and for a goodbye to be answered. */
  readonly leaveMs: number;
  /** Before a console whose places are taken is tried again. */
  readonly busyMs: number;
}

export const usualTimings: Timings = {
  validateMs: 18_000,
  startMs: 48_000,
  openMs: 18_000,
  checkMs: 10_000,
  requestMs: 15_000,
  keepaliveMs: 20_000,
  touchMs: 4 * 60_000,
  promptQuietMs: 300,
  promptMs: 4_000,
  leaveMs: 1_000,
  busyMs: 45_000,
};
