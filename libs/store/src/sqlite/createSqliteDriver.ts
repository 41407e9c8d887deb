import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type Libsql from 'libsql';
import { createMutex } from '../createMutex.ts';
import { decodeRow, encodeParameter } from '../values.ts';
import { executePatiently } from './executePatiently.ts';
import { translateSqliteError } from './translateSqliteError.ts';

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

  function execute<R>(sql: string, values: readonly unknown[] = []): QueryResult<R> {
    const statement = database.prepare(sql);
    if (statement.reader) {
      // Always one list: libsql takes a lone object, such as a Buffer, for named parameters.
      const rows = statement.safeIntegers(true).all(values) as Record<string, unknown>[];
      for (const row of rows) decodeRow(row, counters);
      return { rows: rows as R[] };
    }
    const { changes } = statement.run(values);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const values = parameters.map(encodeParameter);
      if (state === 'idle') return executePatiently(() => execute<R>(sql, values), waitTimeoutMs);
      if (state === 'aborted') throw new Error('the transaction is lost: an earlier statement in it failed');
      try {
        return execute<R>(sql, values);
      } catch (error) {
        // SQLite would go on after most errors, PostgreSQL never does; both have to behave alike.
        state = 'aborted';
        throw translateSqliteError(error);
      }
    },
    // biome-ignore lint/correctness/useYield: it only refuses
    async *streamQuery() {
      throw new Error('results are not streamed; read them by pages');
    },
  };

  function rollback(): void {
    state = 'idle';
    if (database.inTransaction) execute('rollback');
  }

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
      // IMMEDIATE takes the write lock now: a reader that becomes a writer later can fail half-way.
      await executePatiently(() => execute('begin immediate'), waitTimeoutMs);
      state = 'in transaction';
    },
    async commitTransaction() {
      if (state === 'aborted') throw new Error('the transaction is lost: an earlier statement in it failed');
      try {
        execute('commit');
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
