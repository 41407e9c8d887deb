/** Why the database did not serve a call. */
export type UnavailableReason =
  /** No connection, or it broke: the server is down, restarting or unreachable. */
  | 'down'
  /** Somebody else holds the lock, or every connection is taken. */
  | 'busy'
  /** Concurrent transactions collided more often than we retry. */
  | 'conflict'
  /** A statement or a wait took longer than allowed. */
  | 'timeout'
  /** No room on the disk. */
  | 'full'
  /** Wrong credentials, no such database, no permission, or a file that cannot be opened or is damaged. */
  | 'broken'
  /** `[Symbol.asyncDispose]` was called. */
  | 'closed';

const RETRYABLE: ReadonlySet<UnavailableReason> = new Set(['down', 'busy', 'conflict', 'timeout']);

/**
 * The database cannot serve this call; nothing is wrong with the call itself. Services answer UNAVAILABLE.
 * `retryable`: the same call may succeed soon without anybody's help. `outcome` is `unknown` only when the connection
 * broke during COMMIT: the writes may or may not be there. Otherwise nothing was written.
 */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
  readonly reason: UnavailableReason;
  readonly retryable: boolean;
  readonly outcome: 'nothing-written' | 'unknown';

  constructor(
    reason: UnavailableReason,
    message: string,
    options: { cause?: unknown; outcome?: 'nothing-written' | 'unknown' } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.retryable = RETRYABLE.has(reason);
    this.outcome = options.outcome ?? 'nothing-written';
  }
}

/** A row that the schema does not allow. `what` names the columns (SQLite) or the constraint (PostgreSQL). */
export class ConstraintViolation extends Error {
  override name = 'ConstraintViolation';
  readonly kind: 'unique' | 'foreign-key' | 'not-null' | 'check';
  readonly what: string;

  constructor(kind: ConstraintViolation['kind'], what: string, cause?: unknown) {
    super(`${kind} constraint failed: ${what}`, { cause });
    this.kind = kind;
    this.what = what;
  }
}

/** True for a second row with the same primary or unique key, on either engine. */
export function isUniqueViolation(error: unknown): error is ConstraintViolation {
  return error instanceof ConstraintViolation && error.kind === 'unique';
}

/** The database was migrated by another version of the program, or by another program. The message says what to do. */
export class SchemaMismatch extends Error {
  override name = 'SchemaMismatch';
}
