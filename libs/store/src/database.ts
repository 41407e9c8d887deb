import type { ColumnDataType, Kysely, RawBuilder, Selectable, sql, Transaction } from 'kysely';

export type Engine = 'sqlite' | 'postgres';

/** A service's open database. Every wait has a deadline; what fails for the database's sake is `StoreUnavailable`. */
export interface Database<S> {
  readonly engine: Engine;
  /** For single statements outside a transaction. Throws when used inside one: there, only `tx` takes part in it. */
  readonly kysely: Kysely<S>;
  /**
   * Runs `fn` in a serialisable transaction: all of it or nothing, as if no other ran beside it. Collisions are retried a
   * bounded number of times, so `fn` may run more than once and must have no effect outside `tx`. After a failed statement
   * the transaction is lost on both engines: use `onConflict` where a collision of keys is expected.
   * @throws StoreUnavailable, or whatever `fn` throws (then nothing was written)
   */
  transaction<T>(fn: (tx: Transaction<S>) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** The database's clock in whole milliseconds since the epoch: one clock for all replicas. */
  now(tx?: Transaction<S>): Promise<number>;
  /** The database's clock as an expression, so that one statement can compare and write it. */
  nowSql(): RawBuilder<number>;
  /** Asks the database for an answer. @throws StoreUnavailable */
  ping(): Promise<void>;
  /**
   * Drops what was replaced from the files besides the tables. SQLite: empties the write-ahead log, unless somebody is reading; then later.
   * PostgreSQL does so by itself (autovacuum, its write-ahead log's recycling).
   */
  scrub(): Promise<void>;
  /** Closes all connections. Calls that still wait fail with `StoreUnavailable`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TransactionOptions {
  /** `serializable` unless told. `read committed` spares PostgreSQL the bookkeeping where each statement stands alone. */
  isolation?: 'serializable' | 'read committed';
}

/** Column types that the engines spell differently, for migrations. `text`, `integer` and `bigint` are spelt alike. */
export interface ColumnTypes {
  readonly bytes: ColumnDataType | ReturnType<typeof sql>;
}

/** One step of a service's schema. Written once, never changed: databases remember it by its name. */
export interface Migration {
  /** Sorted by the list, not by the name; unique within the namespace. E.g. `0001-nodes`. */
  readonly name: string;
  // A migration works on the schema of its own time, which no type describes any more.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  up(db: Kysely<any>, types: ColumnTypes): Promise<void>;
}

/** Names of the columns of a schema that are declared as `Counter`. */
export type CounterName<S> = {
  [Table in keyof S]: {
    [Column in keyof Selectable<S[Table]>]: bigint extends Selectable<S[Table]>[Column] ? Column : never;
  }[keyof Selectable<S[Table]>];
}[keyof S] &
  string;

/**
 * `counters: { fence: true, revision: true }`: every result column of such a name is a bigint, all others are numbers.
 * Required as soon as the schema has a `Counter`, and complete by type.
 */
export type CountersOption<S> = [CounterName<S>] extends [never]
  ? { counters?: Record<never, true> }
  : { counters: Record<CounterName<S>, true> };

export interface BaseOptions {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://user:password@host:port/database?…`. */
  url: string;
  /** The schema, oldest step first. All steps that are missing are applied before `openDatabase` returns. */
  migrations: readonly Migration[];
  /**
   * Under which name this schema's progress is kept, so that several services can share one PostgreSQL database:
   * the tables `<namespace>_migrations` and `<namespace>_migration_lock`. Lower case letters, digits and `_`.
   */
  namespace?: string;
  /** SQLite only: the database's clock, for tests. On PostgreSQL it is an error. */
  clock?: () => number;
  /** PostgreSQL only: most connections at a time; 10 unless told. */
  poolMax?: number;
  /** Longest time that a statement may take; 10 s unless told. Migrations may take longer. */
  statementTimeoutMs?: number;
  /** Longest wait for a connection or for the lock of another process; 5 s unless told. */
  waitTimeoutMs?: number;
  /** Told when an idle connection broke. The next call opens another; only a log entry is wanted here. */
  onConnectionLost?: (error: Error) => void;
}

export type OpenOptions<S> = BaseOptions & CountersOption<S>;
