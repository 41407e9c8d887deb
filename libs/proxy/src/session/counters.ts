import type { Reason } from '@consolemesh/errors';

/** What a proxy counts; numbers only grow. */
export interface Counters {
  sessionsOpened: number;
  /** Sessions that ended, by reason. */
  readonly sessionsEnded: Map<Reason, number>;
  /** Clients that were not let in, by reason. */
  readonly refused: Map<Reason, number>;
  /** Bytes of sessions that have ended. */
  bytesToClient: number;
  bytesFromClient: number;
}

/** Counters at zero. */
export function createCounters(): Counters {
  return {
    sessionsOpened: 0,
    sessionsEnded: new Map(),
    refused: new Map(),
    bytesToClient: 0,
    bytesFromClient: 0,
  };
}

/** Counts one more of a reason; the table of reasons bounds the map. */
export function countReason(counts: Map<Reason, number>, reason: Reason): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}
