import { type Kysely, sql, type Transaction } from 'kysely';
import type { ColumnTypes, Engine, Migration } from './database.ts';
import { isUniqueViolation, SchemaMismatch } from './errors.ts';
import { backOff } from './retry.ts';

interface Bookkeeping {
  [table: `${string}_migrations`]: { name: string; position: number };
  [table: `${string}_migration_lock`]: { id: number; taken: number };
}

export interface MigrateOptions {
  readonly engine: Engine;
  readonly namespace: string;
  readonly migrations: readonly Migration[];
  /** Runs one transaction, retried as `Database.transaction` does. */
  readonly transact: (fn: (tx: Transaction<unknown>) => Promise<void>) => Promise<void>;
}

const TYPES: Record<Engine, ColumnTypes> = { sqlite: { bytes: 'blob' }, postgres: { bytes: 'bytea' } };

/** Replicas that start together wait for the one that migrates, so this is far above a statement's usual limit. */
const LONGEST_STATEMENT = '5min';

/**
 * Applies the missing steps in one transaction that begins by writing to the one row of `<namespace>_migration_lock`:
 * whoever comes second waits there, then finds everything applied. The lock ends with the transaction, so a replica that
 * dies while migrating leaves neither a lock nor half a schema.
 * @throws SchemaMismatch when the database's steps are not the beginning of ours
 */
export async function migrate(db: Kysely<unknown>, options: MigrateOptions): Promise<void> {
  const { namespace, migrations } = options;
  checkDeclaration(namespace, migrations);
  await createTables(db as Kysely<Bookkeeping>, namespace);
  await options.transact(async (untyped) => {
    const tx = untyped as unknown as Transaction<Bookkeeping>;
    if (options.engine === 'postgres')
      await sql`set local statement_timeout = ${sql.lit(LONGEST_STATEMENT)}`.execute(tx);
    await tx.updateTable(`${namespace}_migration_lock`).set({ taken: 1 }).where('id', '=', 1).execute();
    const applied = await tx
      .selectFrom(`${namespace}_migrations`)
      .select('name')
      .orderBy('position')
      .execute();
    const names = applied.map(({ name }) => name);
    checkApplied(namespace, names, migrations);
    for (const [position, { name, up }] of migrations.entries()) {
      if (position < names.length) continue;
      await up(untyped as Kysely<unknown>, TYPES[options.engine]);
      await tx.insertInto(`${namespace}_migrations`).values({ name, position }).execute();
    }
  });
}

function checkDeclaration(namespace: string, migrations: readonly Migration[]): void {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(namespace))
    throw new TypeError(`namespace ${namespace}: expected a-z, 0-9 and _`);
  const names = migrations.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`two migrations are named ${twice}`);
}

function checkApplied(namespace: string, applied: readonly string[], migrations: readonly Migration[]): void {
  for (const [position, name] of applied.entries()) {
    const ours = migrations[position]?.name;
    if (ours === name) continue;
    throw new SchemaMismatch(
      ours === undefined
        ? `the ${namespace} schema has the step ${name}, which this version does not know; start the newer version`
        : `the ${namespace} schema has the step ${name} where this version has ${ours}; this is another program's database`,
    );
  }
}

/** duplicate_table and duplicate_object (the row type that comes with a table). */
const EXISTS_ALREADY = new Set(['42P07', '42710']);

/** `if not exists` does not keep two PostgreSQL sessions from creating the same table at once; the second tries again. */
async function createTables(db: Kysely<Bookkeeping>, namespace: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await db.schema
        .createTable(`${namespace}_migrations`)
        .ifNotExists()
        .addColumn('position', 'integer', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .execute();
      await db.schema
        .createTable(`${namespace}_migration_lock`)
        .ifNotExists()
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('taken', 'integer', (column) => column.notNull())
        .execute();
      await db
        .insertInto(`${namespace}_migration_lock`)
        .values({ id: 1, taken: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return;
    } catch (error) {
      const { code = '' } = error as { code?: string };
      const collided = isUniqueViolation(error) || EXISTS_ALREADY.has(code);
      if (!collided || attempt >= 10) throw error;
      await backOff(attempt);
    }
  }
}
