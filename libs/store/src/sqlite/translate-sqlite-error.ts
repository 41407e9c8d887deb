import { ConstraintViolation, StoreUnavailable, type UnavailableReason } from '../errors.ts';

/** https://www.sqlite.org/rescode.html; extended codes (`SQLITE_IOERR_WRITE`) fall back to their first two words. */
const REASONS: Record<string, UnavailableReason> = {
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  SQLITE_INTERRUPT: 'timeout',
  SQLITE_FULL: 'full',
  SQLITE_IOERR: 'broken',
  SQLITE_CANTOPEN: 'broken',
  SQLITE_CORRUPT: 'broken',
  SQLITE_NOTADB: 'broken',
  SQLITE_READONLY: 'broken',
  SQLITE_PERM: 'broken',
  SQLITE_PROTOCOL: 'busy',
};

const CONSTRAINTS: Record<string, ConstraintViolation['kind']> = {
  SQLITE_CONSTRAINT_UNIQUE: 'unique',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'unique',
  SQLITE_CONSTRAINT_ROWID: 'unique',
  SQLITE_CONSTRAINT_FOREIGNKEY: 'foreign-key',
  SQLITE_CONSTRAINT_NOTNULL: 'not-null',
  SQLITE_CONSTRAINT_CHECK: 'check',
};

/** SQLite's error in our words; a fault of the statement itself stays as it is. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error;
  const { code = '' } = error as { code?: string };
  const kind = CONSTRAINTS[code];
  if (kind)
    return new ConstraintViolation(kind, error.message.replace(/^.*constraint failed:? ?/i, ''), error);
  const reason = REASONS[code] ?? REASONS[code.split('_').slice(0, 2).join('_')];
  if (reason) return new StoreUnavailable(reason, `SQLite: ${error.message}`, { cause: error });
  if (/connection is not open/.test(error.message))
    return new StoreUnavailable('closed', 'the database is closed');
  return error;
}
