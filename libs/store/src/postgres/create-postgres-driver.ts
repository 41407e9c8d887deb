import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely';
import type pg from 'pg';
import { StoreUnavailable } from '../errors.ts';
import { decodeRow, encodeParameter } from '../values.ts';
import { translatePostgresError } from './translate-postgres-error.ts';

export interface PostgresDriverOptions {
  readonly counters: ReadonlySet<string>;
  /** Called when somebody wants a connection; throws when that would leave the transaction it is in. */
  readonly beforeAcquire: () => void;
}

interface PostgresConnection extends DatabaseConnection {
  command(sql: string): Promise<string>;
  release(): void;
}

/** kysely's driver for a pg pool: our types, our errors, and connections that failed are not used again. */
export function createPostgresDriver(pool: pg.Pool, options: PostgresDriverOptions): Driver {
  return {
    async init() {},
    async acquireConnection() {
      options.beforeAcquire();
      try {
        return createConnection(await pool.connect(), options.counters);
      } catch (error) {
        throw translatePostgresError(error);
      }
    },
    async releaseConnection(connection) {
      (connection as PostgresConnection).release();
    },
    async beginTransaction(connection, { isolationLevel = 'serializable' }: TransactionSettings) {
      await (connection as PostgresConnection).command(`start transaction isolation level ${isolationLevel}`);
    },
    async commitTransaction(connection) {
      await commit(connection as PostgresConnection);
    },
    async rollbackTransaction(connection) {
      // Nothing to roll back on a broken connection, and the error that led here is the one to report.
      await (connection as PostgresConnection).command('rollback').catch(() => {});
    },
    async destroy() {
      await pool.end();
    },
  };
}

async function commit(connection: PostgresConnection): Promise<void> {
  let done: string;
  try {
    done = await connection.command('commit');
  } catch (error) {
    if (!(error instanceof StoreUnavailable) || error.reason === 'conflict') throw error;
    throw new StoreUnavailable(error.reason, error.message, { cause: error.cause, outcome: 'unknown' });
  }
  // A commit after a failed statement succeeds as a rollback; nobody must take it for success.
  if (done === 'ROLLBACK') throw new Error('the transaction is lost: an earlier statement in it failed');
}

function createConnection(client: pg.PoolClient, counters: ReadonlySet<string>): PostgresConnection {
  let broken = false;

  async function query(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    try {
      return await client.query(text, values);
    } catch (error) {
      const translated = translatePostgresError(error);
      // After a timeout of the client the answer may still arrive and would be taken for the next one's.
      if (translated instanceof StoreUnavailable && translated.reason !== 'conflict') broken = true;
      throw translated;
    }
  }

  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { command, rowCount, rows } = await query(sql, parameters.map(encodeParameter));
      for (const row of rows) decodeRow(row, counters);
      const writes =
        command === 'INSERT' || command === 'UPDATE' || command === 'DELETE' || command === 'MERGE';
      return writes ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
    },
    // biome-ignore lint/correctness/useYield: it only refuses
    async *streamQuery() {
      throw new Error('results are not streamed; read them by pages');
    },
    async command(sql) {
      return (await query(sql)).command;
    },
    release() {
      client.release(broken);
    },
  };
}
