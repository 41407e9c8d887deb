import { headroom } from './link.ts';

/** Where a connection's next bytes are read into. */
export interface ReadMemory {
  /** The memory for the next read. */
  next(): Uint8Array;
  /** Says how much came, and whether it may be overwritten already. */
  used(bytes: number, free: boolean): void;
  /** Gives it back. */
  release(): void;
}

/** What an idle connection holds, bytes. */
const small = 4 * 1024;
/** What a busy one reads at once, bytes. */
const large = 64 * 1024;
/** Large pieces that wait for a busy connection; more are left to the garbage collector. */
const mostSpare = 64;
const spare: Buffer[] = [];

/**
 * Memory that is read into again and again. A connection holds 4 KiB until a read fills it, then takes 64 KiB from a pool that all
 * share, and gives it back with the first small read: thousands of idle consoles cost little and a busy one makes no garbage.
 */
export function createReadMemory(): ReadMemory {
  let current: Buffer = Buffer.allocUnsafeSlow(headroom + small);
  let wantsLarge = false;
  let free = true;

  return {
    next() {
      const isLarge = current.length > headroom + small;
      if (wantsLarge && !isLarge) {
        // Also when somebody still waits for the small piece: it is theirs then. A side that never takes a chunk at once (TLS) would
        // otherwise be fed in small pieces for ever.
        current = spare.pop() ?? Buffer.allocUnsafeSlow(headroom + large);
      } else if (free && !wantsLarge && isLarge) {
        if (spare.length < mostSpare) spare.push(current);
        current = Buffer.allocUnsafeSlow(headroom + small);
      }
      return current.subarray(headroom);
    },
    used(bytes, mayReuse) {
      free = mayReuse;
      wantsLarge = bytes >= small;
    },
    release() {
      if (free && current.length > headroom + small && spare.length < mostSpare) spare.push(current);
      wantsLarge = false;
      current = Buffer.alloc(headroom);
    },
  };
}
