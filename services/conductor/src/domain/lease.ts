/**
 * A conductor's right to act on one console.
 *
 *            acquire (fence + 1)              renew
 *     free ───────────────────────> held ──────────────┐
 *      ^                             │  ^──────────────┘
 *      │ release                     │ the database's clock passes expires_at
 *      └─────────────────────────────┤
 *                                    v
 *                                 expired ── acquire by another (fence + 1) ──> held, settling for `margin`
 *
 * - Expiry is judged on the database's clock only.
 * - The owner judges its own lease by the moment *before* it asked for it plus its length: that is never later than what the database
 *   thinks, however slow the answer was. Its calls to plugins end `guard` before that.
 * - Whoever takes over an expired lease waits `margin` beyond its expiry before it changes anything: time for the last calls of the
 *   former owner to end. A lease that was given back leaves no such calls.
 */
export interface LeaseTimes {
  /** Length, ms. */
  readonly lease: number;
  /** How long before the own lease's end calls to plugins are ended, ms. */
  readonly guard: number;
  /** How long after the expiry of somebody else's lease a new owner leaves everything alone, ms. */
  readonly margin: number;
}

/** What the database answers when a lease was acquired. Times are the database's, ms since the epoch. */
export interface GrantedLease {
  readonly consoleId: string;
  readonly fence: bigint;
  /** From when on the owner may change something. */
  readonly mutableAt: number;
  /** When it was granted. */
  readonly now: number;
}

/** A lease as its owner sees it. Times are those of the owner's monotonic clock. */
export interface HeldLease {
  readonly consoleId: string;
  readonly fence: bigint;
  /** The owner's calls have ended by then. */
  readonly callsEndAt: number;
  /** Nothing is changed before. */
  readonly mutableAt: number;
}

/**
 * A granted lease on the owner's clock. `askedAt` and `answeredAt` enclose the moment at which the database granted it; each limit is
 * reckoned from the end that is on the safe side.
 */
export function heldLease(
  granted: GrantedLease,
  askedAt: number,
  answeredAt: number,
  times: LeaseTimes,
): HeldLease {
  return {
    consoleId: granted.consoleId,
    fence: granted.fence,
    callsEndAt: askedAt + times.lease - times.guard,
    mutableAt: answeredAt + Math.max(0, granted.mutableAt - granted.now),
  };
}

/** The same lease, renewed by a call that was made at `askedAt`. */
export function renewed(lease: HeldLease, askedAt: number, times: LeaseTimes): HeldLease {
  return { ...lease, callsEndAt: askedAt + times.lease - times.guard };
}
