import { MeshError } from '@consolemesh/errors';
import { type Database, openDatabase, type Sealer, StoreUnavailable } from '@consolemesh/store';
import type { Transaction } from 'kysely';
import { conductorActor } from '../domain/audit.ts';
import { consoleFromRow } from './console-rows.ts';
import { createLeaseStore } from './leases.ts';
import { migrations } from './migrations.ts';
import { createReads } from './reads.ts';
import { type ConductorSchema, counters } from './schema.ts';
import { createSealStore } from './seals.ts';
import { sessionFromRow } from './session-rows.ts';
import type { Changes, ConductorStore, Reads, WriteUnit } from './store.ts';
import { createWrites } from './writes.ts';

/** How to open the conductor's database. */
export interface OpenStoreOptions {
  /** See `openDatabase`. */
  readonly url: string;
  readonly sealer: Sealer;
  /** SQLite only: the database's clock. */
  readonly clock?: (() => number) | undefined;
  readonly onConnectionLost?: (error: Error) => void;
}

/** Opens the database, brings its schema up to date and puts the port in front of it. */
export async function openConductorStore(options: OpenStoreOptions): Promise<ConductorStore> {
  const database = await openConductorDatabase(options);
  return createConductorStore(database, options.sealer);
}

/** The database alone; tests look at its query plans. */
export function openConductorDatabase(options: OpenStoreOptions): Promise<Database<ConductorSchema>> {
  return openDatabase<ConductorSchema>({
    url: options.url,
    migrations,
    namespace: 'conductor',
    counters,
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.onConnectionLost ? { onConnectionLost: options.onConnectionLost } : {}),
  });
}

/** The port in front of an open database. */
export function createConductorStore(database: Database<ConductorSchema>, sealer: Sealer): ConductorStore {
  const listeners = new Set<() => void>();
  const reads = guardAll(createReads(database.kysely, sealer, () => database.now()));
  return {
    ...reads,
    leases: guardAll(createLeaseStore(database)),
    seals: guardAll(createSealStore(database, sealer)),
    async write(fn, actor = conductorActor) {
      const result = await guard(() =>
        database.transaction(
          async (tx) => {
            const at = await takeRevision(database, tx);
            const unit: WriteUnit = {
              ...createReads(tx, sealer, async () => at.now),
              ...createWrites(tx, sealer, { ...at, actor }),
            };
            return fn(unit);
          },
          // The first statement locks the one row of the revision: on PostgreSQL that alone puts writes in one order.
          { isolation: 'read committed' },
        ),
      );
      for (const listener of [...listeners]) listener();
      return result;
    },
    revision: () => guard(() => readRevision(database)),
    changesSince: (revision, limit) => guard(() => readChanges(database, sealer, revision, limit)),
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    now: () => guard(() => database.now()),
    ping: () => guard(() => database.ping()),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function readRevision(database: Database<ConductorSchema>): Promise<bigint> {
  const query = database.kysely.selectFrom('conductor_revision').select('revision');
  return (await query.executeTakeFirstOrThrow()).revision;
}

async function takeRevision(database: Database<ConductorSchema>, tx: Transaction<ConductorSchema>) {
  const row = await tx
    .updateTable('conductor_revision')
    .set((e) => ({ revision: e('revision', '+', 1n) }))
    .where('id', '=', 1)
    .returning(['revision', database.nowSql().as('now')])
    .executeTakeFirstOrThrow();
  return { revision: row.revision, now: row.now };
}

/**
 * The newest revision is read first. Rows of later writes may be in the answer too and come again with the next one, which is harmless;
 * none can be missed.
 */
async function readChanges(
  database: Database<ConductorSchema>,
  sealer: Sealer,
  since: bigint,
  limit: number,
): Promise<Changes> {
  const db = database.kysely;
  const revision = await readRevision(database);
  if (revision <= since) return { revision: since, more: false, consoles: [], sessions: [], gone: [] };
  const consoles = await db
    .selectFrom('conductor_consoles')
    .selectAll()
    .where('revision', '>', since)
    .orderBy('revision')
    .limit(limit)
    .execute();
  const sessions = await db
    .selectFrom('conductor_sessions')
    .selectAll()
    .where('revision', '>', since)
    .orderBy('revision')
    .limit(limit)
    .execute();
  const gone = await db
    .selectFrom('conductor_gone')
    .selectAll()
    .where('revision', '>', since)
    .orderBy('revision')
    .limit(limit)
    .execute();
  // A page that is full may have cut a write in two: it is complete only before its last revision.
  const cut = [consoles, sessions, gone].flatMap((rows) =>
    rows.length < limit ? [] : [rows[rows.length - 1]!.revision - 1n],
  );
  const until = cut.reduce((least, at) => (at < least ? at : least), revision);
  return {
    // No write touches as many rows of a kind as a page has, so there is always a step forward.
    revision: until > since ? until : since + 1n,
    more: until < revision,
    consoles: consoles.map((row) => consoleFromRow(row, sealer)),
    sessions: sessions.map(sessionFromRow),
    gone: gone.map((row) => ({ consoleId: row.console_id, nodeId: row.node_id })),
  };
}

async function guard<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    if (error instanceof StoreUnavailable)
      throw new MeshError('STORE_UNAVAILABLE', undefined, { cause: error });
    throw error;
  }
}

function guardAll<T extends Partial<Reads> | ConductorStore['leases' | 'seals']>(functions: T): T {
  const guarded = Object.entries(functions).map(([name, fn]) => [
    name,
    (...args: unknown[]) => guard(() => (fn as (...args: unknown[]) => Promise<unknown>)(...args)),
  ]);
  return Object.fromEntries(guarded) as T;
}
