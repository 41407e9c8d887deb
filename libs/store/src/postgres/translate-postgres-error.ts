import { ConstraintViolation, StoreUnavailable, type UnavailableReason } from '../errors.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; two characters stand for the whole class. */
const REASONS: Record<string, UnavailableReason> = {
  '08': 'down',
  '25006': 'down', // read-only: we reached a standby that has not been promoted yet
  '25P03': 'timeout',
  '25P04': 'timeout',
  '28': 'broken',
  '3D000': 'broken',
  '40': 'conflict',
  '42501': 'broken',
  '53': 'busy',
  '53100': 'full',
  '55P03': 'busy',
  '57': 'down',
  '57014': 'timeout',
  '57P04': 'broken',
  '58': 'broken',
  XX: 'broken',
};

const CONSTRAINTS: Record<string, ConstraintViolation['kind']> = {
  '23505': 'unique',
  '23503': 'foreign-key',
  '23502': 'not-null',
  '23514': 'check',
};

interface PostgresError extends Error {
  code?: string;
  constraint?: string;
  column?: string;
  detail?: string;
  where?: string;
}

/** PostgreSQL's or the socket's error in our words; a fault of the statement itself stays as it is. */
export function translatePostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error;
  const cause: PostgresError = error;
  // They repeat the values of a row; causes end up in logs.
  delete cause.detail;
  delete cause.where;
  const { code = '' } = cause;
  // No SQLSTATE begins with an E, but the socket's EPIPE has five letters, too.
  if (!/^(?!E)[0-9A-Z]{5}$/.test(code)) return translateClientError(cause);
  const kind = CONSTRAINTS[code];
  if (kind) return new ConstraintViolation(kind, cause.constraint ?? cause.column ?? 'unnamed', cause);
  const reason = REASONS[code] ?? REASONS[code.slice(0, 2)];
  return reason ? new StoreUnavailable(reason, `PostgreSQL: ${cause.message}`, { cause }) : cause;
}

/** Errors of sockets have codes of the system, those of the client library only texts. */
function translateClientError(cause: PostgresError): Error {
  const { code = '', message } = cause;
  if (/timeout exceeded when trying to connect|Query read timeout|ETIMEDOUT/.test(message + code)) {
    return new StoreUnavailable('timeout', `PostgreSQL: ${message}`, { cause });
  }
  if (/after calling end on the pool/.test(message))
    return new StoreUnavailable('closed', 'the database is closed');
  const lost = /terminated|Connection ended|not queryable|has been closed|socket hang up/i.test(message);
  if (lost || (/^E[A-Z_]+$/.test(code) && !code.startsWith('ERR_'))) {
    return new StoreUnavailable('down', `PostgreSQL: ${message || code}`, { cause });
  }
  if (/SSL|TLS|CERT|SASL|SCRAM/.test(message + code)) {
    return new StoreUnavailable('broken', `PostgreSQL: ${message}`, { cause });
  }
  return cause;
}
