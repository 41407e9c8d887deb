/** Time for whoever runs a machine. Tests give one that moves when told. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls back once. Dispose it to take that back. */
  after(ms: number, callback: () => void): Disposable;
}

/** The machine's own clock. Its timers keep no process alive: a listening socket does that. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    // Beyond 2^31 ms Node's timers fire at once.
    const timer = setTimeout(callback, Math.min(ms, 0x7fff_ffff));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
