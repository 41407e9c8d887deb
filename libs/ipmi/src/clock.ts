/** Time as this library sees it, so that tests can stand still. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once after `ms`; disposing cancels. */
  after(ms: number, callback: () => void): Disposable;
}

/** The machine's own clock. Timers keep the process alive only while somebody holds a session. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** One armed timer for all purposes of one owner, so that a thousand idle sessions hold a thousand timers. */
export interface Alarm<Purpose extends string> extends Disposable {
  /** Wakes `purpose` at this time; undefined disarms it. */
  set(purpose: Purpose, at: number | undefined): void;
}

/**
 * Moving a purpose later costs nothing: the armed timer fires early once and is armed again.
 * @param due is called for each purpose whose time has come; it is disarmed by then
 */
export function createAlarm<Purpose extends string>(
  clock: Clock,
  due: (purpose: Purpose) => void,
): Alarm<Purpose> {
  const times = new Map<Purpose, number>();
  let armed: { at: number; timer: Disposable } | undefined;
  let disposed = false;

  function arm(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const at of times.values()) if (at < earliest) earliest = at;
    if (earliest === Number.POSITIVE_INFINITY || (armed && armed.at <= earliest)) return;
    armed?.timer[Symbol.dispose]();
    armed = { at: earliest, timer: clock.after(Math.max(0, earliest - clock.now()), fire) };
  }

  function fire(): void {
    armed = undefined;
    const now = clock.now();
    // Half a millisecond early is on time: timers round, and a second turn would only cost.
    for (const [purpose, at] of [...times]) {
      if (at > now + 0.5 || times.get(purpose) !== at) continue;
      times.delete(purpose);
      due(purpose);
      if (disposed) return;
    }
    arm();
  }

  return {
    set(purpose, at) {
      if (disposed) return;
      if (at === undefined) {
        times.delete(purpose);
        if (times.size === 0) {
          armed?.timer[Symbol.dispose]();
          armed = undefined;
        }
        return;
      }
      times.set(purpose, at);
      arm();
    },
    [Symbol.dispose]() {
      disposed = true;
      times.clear();
      armed?.timer[Symbol.dispose]();
      armed = undefined;
    },
  };
}
