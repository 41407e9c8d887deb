import pg from 'pg';

export interface PoolOptions {
  readonly connectionString: string;
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  readonly waitTimeoutMs: number;
  readonly onConnectionLost: (error: Error) => void;
}

/** Object ids of PostgreSQL's types (`select oid, typname from pg_type`). */
const INT8 = 20;
const BOOL = 16;
const NUMERIC = 1700;
const JSON_TYPES = new Set([114, 3802]);

/** How long the client waits beyond the server's own limit before it gives the connection up as dead. */
const SILENCE_MS = 5_000;

/** A pool whose results have the same JavaScript types as SQLite's, and whose broken connections end nothing else. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolMax,
    connectionTimeoutMillis: options.waitTimeoutMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + SILENCE_MS,
    idle_in_transaction_session_timeout: options.statementTimeoutMs + SILENCE_MS,
    keepAlive: true,
    application_name: 'consolemesh',
    types: { getTypeParser: chooseParser as typeof pg.types.getTypeParser },
  });
  // Both are needed: an 'error' event without a listener ends the process. The pool listens to idle clients only.
  pool.on('error', (error) => options.onConnectionLost(error));
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function chooseParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8) return BigInt;
  if (oid === BOOL) return (text) => (text === 't' ? 1n : 0n);
  // sum() of integers is a numeric.
  if (oid === NUMERIC) return (text) => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text));
  if (JSON_TYPES.has(oid)) return (text) => text;
  return pg.types.getTypeParser(oid, format ?? 'text');
}
