import type { Reason } from '@consolemesh/errors';
import type { LiveSession } from './registry.ts';

/** What a proxy counts; numbers only grow. */
export interface Counters {
  /** Sessions whose console was reached and that are not over. */
  readonly open: Set<Pick<LiveSession, 'role' | 'traffic'>>;
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
    open: new Set(),
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
