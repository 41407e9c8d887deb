import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type Libsql from 'libsql';
import { createMutex } from '../create-mutex.ts';
import { decodeRow, encodeParameter } from '../values.ts';
import { executePatiently } from './execute-patiently.ts';
import { translateSqliteError } from './translate-sqlite-error.ts';

export interface SqliteDriverOptions {
  readonly counters: ReadonlySet<string>;
  /** Longest wait for our turn on the one connection, and longest wait for another process's lock. */
  readonly waitTimeoutMs: number;
  /** Called when somebody wants the connection; throws when that would wait for itself. */
  readonly beforeAcquire: () => void;
}

/**
 * kysely's driver for one libsql connection that all callers share by turns. kysely's own SQLite driver would bind
 * parameters unchecked, begin transactions that cannot become writers, and wait without a deadline.
 */
export function createSqliteDriver(database: Libsql.Database, options: SqliteDriverOptions): Driver {
  const { counters, waitTimeoutMs, beforeAcquire } = options;
  const mutex = createMutex(waitTimeoutMs);
  let state: 'idle' | 'in transaction' | 'aborted' = 'idle';

  function execute({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    const values = parameters.map(encodeParameter);
    const statement = database.prepare(sql);
    // Always one list: libsql takes a lone object, such as a Buffer, for named parameters.
    if (statement.reader) return { rows: statement.safeIntegers(true).all(values) as Row[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(values).changes) };
  }

  /** Waits for the write lock first: libsql leaves a statement that met a locked database half-done, and no commit works. */
  async function executeAlone(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (onlyReads(query)) return executePatiently(() => execute(query), waitTimeoutMs);
    await begin();
    try {
      const result = execute(query);
      database.exec('commit');
      return result;
    } catch (error) {
      rollback();
      throw translateSqliteError(error);
    }
  }

  function executeInside(query: CompiledQuery): QueryResult<Row> {
    if (state === 'aborted') throw lost();
    try {
      return execute(query);
    } catch (error) {
      // SQLite would go on after most errors, PostgreSQL never does; both have to behave alike.
      state = 'aborted';
      throw translateSqliteError(error);
    }
  }

  /** IMMEDIATE takes the write lock now: a reader that becomes a writer later can fail half-way. */
  function begin(): Promise<void> {
    return executePatiently(() => void database.exec('begin immediate'), waitTimeoutMs);
  }

  function rollback(): void {
    state = 'idle';
    if (database.inTransaction) database.exec('rollback');
  }

  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const result = state === 'idle' ? await executeAlone(query) : executeInside(query);
      for (const row of result.rows) decodeRow(row, counters);
      return result as QueryResult<R>;
    },
    // biome-ignore lint/correctness/useYield: it only refuses
    async *streamQuery() {
      throw new Error('results are not streamed; read them by pages');
    },
  };

  return {
    async init() {},
    async acquireConnection() {
      beforeAcquire();
      await mutex.acquire();
      return connection;
    },
    async releaseConnection() {
      mutex.release();
    },
    async beginTransaction() {
      await begin();
      state = 'in transaction';
    },
    async commitTransaction() {
      if (state === 'aborted') throw lost();
      try {
        database.exec('commit');
        state = 'idle';
      } catch (error) {
        throw translateSqliteError(error);
      }
    },
    async rollbackTransaction() {
      rollback();
    },
    async destroy() {
      await mutex.close();
      database.close();
    },
  };
}

type Row = Record<string, unknown>;

/** False for whatever might write; SQL that was written by hand is judged by its first word. */
function onlyReads({ query, sql }: CompiledQuery): boolean {
  return query.kind === 'SelectQueryNode' || /^\s*(select|pragma|explain)\b/i.test(sql);
}

function lost(): Error {
  return new Error('the transaction is lost: an earlier statement in it failed');
}
