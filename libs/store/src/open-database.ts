import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type Transaction,
} from 'kysely';
import type { BaseOptions, Database, Engine, OpenOptions } from './database.ts';
import { migrate } from './migrate.ts';
import { type DatabaseUrl, parseDatabaseUrl } from './parse-database-url.ts';
import { createPool } from './postgres/create-pool.ts';
import { createPostgresDriver } from './postgres/create-postgres-driver.ts';
import { runTransaction } from './run-transaction.ts';
import { createSqliteDriver } from './sqlite/create-sqlite-driver.ts';
import { openSqliteFile } from './sqlite/open-sqlite-file.ts';

/**
 * Opens a service's database and brings its schema up to date. Several replicas may do so at once.
 * @throws TypeError for a URL that is not understood (the text does not repeat it), StoreUnavailable, SchemaMismatch
 */
export async function openDatabase<S>(options: OpenOptions<S>): Promise<Database<S>> {
  const base: BaseOptions & { counters?: Record<string, true> } = options;
  const where = parseDatabaseUrl(base.url);
  if (where.engine === 'postgres' && base.clock)
    throw new TypeError('PostgreSQL has its own clock; omit `clock`');
  const inside = new AsyncLocalStorage<Scope>();
  const driver = await createDriver(where, base, {
    counters: new Set(Object.keys(base.counters ?? {})),
    beforeAcquire: () => refuseInside(inside),
  });
  const kysely = new Kysely<S>({ dialect: createDialect(where.engine, driver) });
  const nowSql = where.engine === 'postgres' ? postgresNow : () => sql<number>`${(base.clock ?? Date.now)()}`;
  const database: Database<S> = {
    engine: where.engine,
    kysely,
    nowSql,
    transaction: async (fn, transactionOptions) => {
      refuseInside(inside);
      return runTransaction(kysely, (tx) => runInside(inside, () => fn(tx)), transactionOptions);
    },
    now: (tx) => readNow(tx ?? kysely, nowSql()),
    ping: async () => {
      await sql`select 1`.execute(kysely);
    },
    scrub: async () => {
      if (where.engine === 'sqlite') await sql`pragma wal_checkpoint(truncate)`.execute(kysely);
    },
    // Not kysely.destroy(): afterwards it answers with an error of its own instead of the driver's StoreUnavailable.
    [Symbol.asyncDispose]: () => driver.destroy(),
  };
  try {
    await migrate(kysely as Kysely<unknown>, {
      engine: where.engine,
      namespace: base.namespace ?? 'consolemesh',
      migrations: base.migrations,
      transact: (fn) =>
        database.transaction((tx) => fn(tx as unknown as Transaction<unknown>), {
          isolation: 'read committed',
        }),
    });
  } catch (error) {
    await driver.destroy();
    throw error;
  }
  return database;
}

/** Ends with the transaction's function: what that function started and did not wait for may use the database again. */
interface Scope {
  running: boolean;
}

async function runInside<T>(inside: AsyncLocalStorage<Scope>, fn: () => Promise<T>): Promise<T> {
  const scope: Scope = { running: true };
  try {
    return await inside.run(scope, fn);
  } finally {
    scope.running = false;
  }
}

/** On SQLite the wait for the one connection would never end; on PostgreSQL the statement would not be in the transaction. */
function refuseInside(inside: AsyncLocalStorage<Scope>): void {
  if (inside.getStore()?.running)
    throw new Error('inside a transaction only `tx` may be used, not the database itself');
}

interface DriverOptions {
  readonly counters: ReadonlySet<string>;
  readonly beforeAcquire: () => void;
}

async function createDriver(
  where: DatabaseUrl,
  options: BaseOptions,
  driver: DriverOptions,
): Promise<Driver> {
  const {
    poolMax = 10,
    statementTimeoutMs = 10_000,
    waitTimeoutMs = 5_000,
    onConnectionLost = () => {},
  } = options;
  if (where.engine === 'sqlite') {
    const file = await openSqliteFile(where.path, waitTimeoutMs);
    return createSqliteDriver(file, { ...driver, waitTimeoutMs });
  }
  const { connectionString } = where;
  const pool = createPool({ connectionString, poolMax, statementTimeoutMs, waitTimeoutMs, onConnectionLost });
  return createPostgresDriver(pool, driver);
}

function createDialect(engine: Engine, driver: Driver): Dialect {
  if (engine === 'sqlite') {
    return {
      createDriver: () => driver,
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    };
  }
  return {
    createDriver: () => driver,
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
}

/** clock_timestamp and not now(): a transaction that waited must not judge an expiry by the time of its beginning. */
function postgresNow(): RawBuilder<number> {
  return sql<number>`cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)`;
}

async function readNow<S>(executor: Kysely<S>, now: RawBuilder<number>): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${now} as now`.execute(executor);
  return Math.trunc(rows[0]!.now);
}
