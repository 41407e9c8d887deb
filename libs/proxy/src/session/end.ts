import { errorRow, isReason, MeshError, type Reason } from '@consolemesh/errors';

/** Why a session is over. */
export interface End {
  readonly reason: Reason;
  /** One sentence for the user. */
  readonly message: string;
  /** The conductor said so: it needs no telling, except that it is done. */
  readonly byConductor?: boolean;
  /** When another attempt makes sense, ms. */
  readonly retryAfterMs?: number;
}

/**
 * An end with the table's words unless others are given. What gRPC says of a service that nobody answers for holds addresses of the mesh,
 * which are not for users.
 */
export function endOf(reason: Reason, message = ''): End {
  const words = reason === 'UNAVAILABLE' ? '' : message;
  return { reason, message: words || errorRow(reason).meaning };
}

/** The end that an error means; what is no MeshError is INTERNAL and says nothing. */
export function endOfError(error: unknown): End {
  if (!(error instanceof MeshError)) return endOf('INTERNAL');
  const { reason, message, metadata } = error;
  const retryAfterMs = Number(metadata.retry_after_ms);
  return { ...endOf(reason, message), ...(retryAfterMs > 0 ? { retryAfterMs } : {}) };
}

/** The end that a word from elsewhere means. */
export function endOfWord(word: string, message: string, otherwise: Reason): End {
  return endOf(isReason(word) ? word : otherwise, message);
}

const overForGood: ReadonlySet<Reason> = new Set<Reason>([
  'SESSION_TAKEN_OVER',
  'SESSION_TERMINATED',
  'SESSION_EXPIRED',
  'SESSION_IDLE',
  'TOKEN_REVOKED',
  'PROTOCOL_VIOLATION',
  'MESSAGE_TOO_LARGE',
  'CONSOLE_DISABLED',
  'STALE_GENERATION',
]);

/** Whether the conductor should let the tab come back to this session: its user did nothing wrong and nobody wanted it over. */
export function isResumable(reason: Reason): boolean {
  return !overForGood.has(reason);
}

const comesBackAlone: ReadonlySet<Reason> = new Set<Reason>([
  'DRAINING',
  'CLIENT_LOST',
  'TOKEN_SERVICE_UNAVAILABLE',
  'CONDUCTOR_UNAVAILABLE',
  // Whoever holds the stream is being restarted, or was a moment ago: another instance takes the console over.
  'UNAVAILABLE',
  'NOT_HELD',
  'DRIVER_UNAVAILABLE',
  'PROVIDER_UNAVAILABLE',
]);

/** Whether the page should come back by itself with its ticket. A machine that hung up is not dialled again without a person. */
export function returnsByItself(reason: Reason): boolean {
  return comesBackAlone.has(reason);
}
