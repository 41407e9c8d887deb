import { errorRow, MeshError, type Reason } from '@consolemesh/errors';
import { RetryInfo } from 'nice-grpc-error-details';

/** A unary call that failed. */
export interface FailedCall {
  readonly error: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  /** No handler has seen it. */
  readonly unprocessed: boolean;
  /** The contract says that it can be made twice: `idempotency_level` of the method. */
  readonly repeatable: boolean;
}

/** Attempts at one call, the first included. */
export const mostAttempts = 5;
const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** A server that asks for more than this is not waited for; whoever called may know better what to do. */
const longestWishMs = 5_000;

/**
 * What an instance says of itself. Other errors whose recovery is `retry` tell of machines, other services or limits: a retry here would
 * multiply with those of whoever is in charge of them, and hurry where somebody is to wait.
 */
const aboutInstance: ReadonlySet<Reason> = new Set([
  'UNAVAILABLE',
  'DRAINING',
  'NOT_HELD',
  'STORE_UNAVAILABLE',
]);

/**
 * How long to wait before a failed call is made again, ms; undefined: not at all. `retry-elsewhere` goes at once for the first time, the
 * rest waits 0 to 100, 200, 400, 800 ms (full jitter), or as long as the server wishes by google.rpc.RetryInfo. `random` answers 0 to 1.
 */
export function retryPause(
  { error, attempt, unprocessed, repeatable }: FailedCall,
  random: () => number,
): number | undefined {
  if (attempt >= mostAttempts || !(error instanceof MeshError) || !(unprocessed || repeatable))
    return undefined;
  const { grpc, recovery } = errorRow(error.reason);
  if (recovery !== 'retry' && recovery !== 'retry-elsewhere') return undefined;
  const wish = wishOf(error);
  // A wish never weakens a limit: RATE_LIMITED and its kin are for people to see.
  if (wish !== undefined && grpc !== 'RESOURCE_EXHAUSTED') {
    return wish > longestWishMs ? undefined : wish + random() * firstPauseMs;
  }
  if (!aboutInstance.has(error.reason)) return undefined;
  if (recovery === 'retry-elsewhere' && attempt === 1) return 0;
  return random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
}

/** What google.rpc.RetryInfo of a status says, ms. */
function wishOf({ cause }: MeshError): number | undefined {
  const details = (cause as { extra?: readonly unknown[] } | undefined)?.extra;
  if (!Array.isArray(details)) return undefined;
  const info = details.find((detail) => (detail as { $type?: string }).$type === RetryInfo.$type);
  const delay = (info as RetryInfo | undefined)?.retryDelay;
  return delay && Math.max(0, Number(delay.seconds) * 1000 + delay.nanos / 1e6);
}
