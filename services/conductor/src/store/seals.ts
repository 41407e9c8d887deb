import {
  type Database,
  longestPrefix,
  SealError,
  type Sealer,
  sealedBy,
  sealedPrefix,
} from '@consolemesh/store';
import { type RawBuilder, sql } from 'kysely';
import { consoleSeal, nodeSeal, resealed } from './open-sealed.ts';
import type { ConductorSchema } from './schema.ts';
import type { SealBatch, SealCount, SealCursor, SealStore } from './store.ts';

/** The tables that hold sealed values, in the order in which they are walked, and what their values are bound to. */
const tables = [
  { table: 'conductor_nodes', context: nodeSeal },
  { table: 'conductor_consoles', context: consoleSeal },
] as const;
type SealedTable = (typeof tables)[number]['table'];

/** More keys than that are not told apart. */
const mostKeys = 100;

/** See `SealStore`. Values of a key are found by how they begin, which SQL can compare. */
export function createSealStore(database: Database<ConductorSchema>, sealer: Sealer): SealStore {
  return {
    count: () => countByKey(database, sealer),
    renew: (after, limit) => renewBatch(database, sealer, after, limit),
    scrub: () => database.scrub(),
  };
}

async function countByKey(database: Database<ConductorSchema>, sealer: Sealer): Promise<SealCount[]> {
  const counts = new Map<string, { nodes: number; consoles: number }>();
  for (const keyId of sealer.keyIds()) counts.set(keyId, { nodes: 0, consoles: 0 });
  for (const { table } of tables) {
    const name = table === 'conductor_nodes' ? 'nodes' : 'consoles';
    for (const [keyId, count] of await countTable(database, table, [...counts.keys()])) {
      counts.set(keyId, { ...(counts.get(keyId) ?? { nodes: 0, consoles: 0 }), [name]: count });
    }
  }
  return [...counts].map(([keyId, count]) => ({ keyId, ...count }));
}

/** Counts those of known keys; what is left belongs to others, whose ids one of their values tells. */
async function countTable(
  database: Database<ConductorSchema>,
  table: SealedTable,
  known: readonly string[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const ids = [...known];
  for (let next = 0; next < ids.length || ids.length < mostKeys; next++) {
    const keyId = ids[next] ?? (await anotherKey(database, table, ids));
    if (keyId === undefined) break;
    ids[next] = keyId;
    const { count } = await database.kysely
      .selectFrom(table)
      .select((e) => e.fn.countAll<number>().as('count'))
      .where(beginsWith(keyId))
      .executeTakeFirstOrThrow();
    counts.set(keyId, count);
  }
  return counts;
}

async function anotherKey(
  database: Database<ConductorSchema>,
  table: SealedTable,
  known: readonly string[],
): Promise<string | undefined> {
  const row = await database.kysely
    .selectFrom(table)
    .select(sql<Buffer>`substr(secrets, 1, ${sql.lit(longestPrefix)})`.as('start'))
    .where('secrets', 'is not', null)
    .where((e) => e.and(known.map((id) => e.not(beginsWith(id)))))
    .limit(1)
    .executeTakeFirst();
  return row && idOf(row.start);
}

/** Undefined for bytes that are no sealed value at all. */
function idOf(start: Buffer): string | undefined {
  try {
    return sealedBy(start);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

function beginsWith(keyId: string): RawBuilder<boolean> {
  const prefix = sealedPrefix(keyId);
  return sql<boolean>`substr(secrets, 1, ${sql.lit(prefix.length)}) = ${prefix}`;
}

async function renewBatch(
  database: Database<ConductorSchema>,
  sealer: Sealer,
  after: SealCursor | undefined,
  limit: number,
): Promise<SealBatch> {
  const at = tables.findIndex(({ table }) => table === (after?.table ?? tables[0].table));
  const { table, context } = tables[at]!;
  const [active] = sealer.keyIds();
  const rows = await database.kysely
    .selectFrom(table)
    .select(['id', 'secrets'])
    .where('id', '>', after?.id ?? '')
    .where('secrets', 'is not', null)
    .where((e) => e.not(beginsWith(active!)))
    .orderBy('id')
    .limit(limit)
    .execute();
  const fresh = rows.flatMap(({ id, secrets }) => {
    const again = secrets && resealed(sealer, secrets, context(id));
    // What does not open stays: its key is missing, and may come back.
    return again && again !== secrets ? [{ id, secrets, again }] : [];
  });
  const renewed = fresh.length === 0 ? 0 : await replaceAll(database, table, fresh);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const following = tables[at + 1];
  const next = last ? { table, id: last.id } : following && { table: following.table, id: '' };
  return { next, renewed };
}

/**
 * The bytes that were read are the fence: a row that was written since is left alone, by this statement or, on PostgreSQL, when its turn
 * comes after the other's commit. Neither revision nor etag changes, so that nobody is told of anything.
 */
async function replaceAll(
  database: Database<ConductorSchema>,
  table: SealedTable,
  fresh: readonly { id: string; secrets: Buffer; again: Buffer }[],
): Promise<number> {
  return database.transaction(
    async (tx) => {
      let renewed = 0;
      for (const { id, secrets, again } of fresh) {
        const { numUpdatedRows } = await tx
          .updateTable(table)
          .set({ secrets: again })
          .where('id', '=', id)
          .where('secrets', '=', secrets)
          .executeTakeFirst();
        renewed += Number(numUpdatedRows);
      }
      return renewed;
    },
    { isolation: 'read committed' },
  );
}
