/** Time without input after which what comes is something new, ms. */
const pauseMs = 500;

/**
 * Sees to it that of what was typed or pasted in one go nothing arrives once its beginning was dropped: half a command may be worse than none.
 */
export interface BurstGuard {
  /** Whether a piece of input may pass, when otherwise it could (`possible`). */
  passes(possible: boolean): boolean;
  /** What comes now is meant: its sender has just asked for the pen and got it. */
  forgive(): void;
}

/** A guard that has dropped nothing. `now` in ms. */
export function createBurstGuard(now: () => number): BurstGuard {
  let droppedAt = Number.NEGATIVE_INFINITY;
  return {
    passes(possible) {
      if (possible && now() - droppedAt >= pauseMs) return true;
      droppedAt = now();
      return false;
    },
    forgive() {
      droppedAt = Number.NEGATIVE_INFINITY;
    },
  };
}
