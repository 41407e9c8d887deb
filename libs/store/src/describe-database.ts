import { AsyncLocalStorage } from 'node:async_hooks';
import { fc } from '@fast-check/vitest';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes, Counter, Flag, Millis } from './columns.ts';
import type { BaseOptions, Database, Migration } from './database.ts';
import { isUniqueViolation, SchemaMismatch, StoreUnavailable } from './errors.ts';
import { openDatabase } from './open-database.ts';
import type { TestDatabases } from './testing/test-engines.ts';

export interface Things {
  things: {
    id: string;
    fence: Counter;
    at: Millis | null;
    on: Flag;
    raw: Bytes | null;
    owner: string | null;
  };
}

export const things: Migration = {
  name: '0001-things',
  up: (db, { bytes }) =>
    db.schema
      .createTable('things')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('fence', 'bigint', (column) => column.notNull())
      .addColumn('at', 'bigint')
      .addColumn('on', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('raw', bytes)
      .addColumn('owner', 'text', (column) => column.references('things.id'))
      .execute(),
};

export function openThings(url: string, options: Partial<BaseOptions> = {}): Promise<Database<Things>> {
  return openDatabase<Things>({ url, migrations: [things], counters: { fence: true }, ...options });
}

const row = (id: string, fence = 1n) => ({ id, fence, on: false });

/** What `Database` promises, asked of one engine. `shared`: several may open the same URL at once. */
export function describeDatabase(name: string, start: () => Promise<TestDatabases>, shared = true): void {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases[Symbol.asyncDispose]());
  const open = async (options?: Partial<BaseOptions>) =>
    openThings(await databases.createDatabase(), options);

  describe(`values on ${name}`, () => describeValues(open));
  describe(`transactions on ${name}`, () => describeTransactions(open));
  describe(`the clock and the end on ${name}`, () => describeLife(open));
  if (shared) describe(`migrations on ${name}`, () => describeMigrations(() => databases.createDatabase()));
}

type Open = (options?: Partial<BaseOptions>) => Promise<Database<Things>>;

function describeValues(open: Open): void {
  test('counts beyond 2^53 without rounding, in columns, conditions and expressions', async () => {
    await using db = await open();
    const big = 2n ** 53n + 1n;
    await db.kysely.insertInto('things').values(row('a', big)).execute();
    const raise = db.kysely
      .updateTable('things')
      .set((e) => ({ fence: e('fence', '+', 1n) }))
      .where('fence', '=', big);
    expect(await raise.returning('fence').execute()).toEqual([{ fence: big + 1n }]);
    const { rows } = await sql`select max(fence) as fence from things`.execute(db.kysely);
    expect(rows).toEqual([{ fence: big + 1n }]);
    expect((await raise.executeTakeFirst()).numUpdatedRows).toBe(0n);
  });

  test('gives small counters as bigint too, and times, counts and sums as numbers', async () => {
    await using db = await open();
    const at = 1_700_000_000_123;
    await db.kysely
      .insertInto('things')
      .values([{ ...row('a', 3n), at }, row('b', 4n)])
      .execute();
    const found = await db.kysely
      .selectFrom('things')
      .select((e) => [
        e.fn.max('fence').as('fence'),
        e.fn.countAll().as('count'),
        e.fn.sum('fence').as('sum'),
        e.fn.max('at').as('at'),
      ])
      .execute();
    expect(found).toEqual([{ fence: 4n, count: 2, sum: 7, at }]);
  });

  test('refuses to round: an integer beyond 2^53 in a column that is no counter is an error', async () => {
    await using db = await open();
    await db.kysely
      .insertInto('things')
      .values(row('a', 2n ** 60n))
      .execute();
    const asTotal = db.kysely.selectFrom('things').select('fence as total');
    await expect(asTotal.execute()).rejects.toThrow('declare it as a Counter');
  });

  test('gives back what was written: flags, times, bytes, text and nothing at all', async () => {
    await using db = await open();
    const raw = Buffer.from('abc').subarray(1);
    await db.kysely
      .insertInto('things')
      .values({ id: 'ä😀\n', fence: 0n, on: true, at: -1, raw, owner: null })
      .execute();
    await db.kysely
      .insertInto('things')
      .values({ ...row('empty'), raw: new Uint8Array() })
      .execute();
    expect(await db.kysely.selectFrom('things').selectAll().orderBy('fence').execute()).toEqual([
      { id: 'ä😀\n', fence: 0n, on: 1, at: -1, raw: Buffer.from('bc'), owner: null },
      { id: 'empty', fence: 1n, on: 0, at: null, raw: Buffer.alloc(0), owner: null },
    ]);
    const { rows } = await sql<{ there: 0 | 1 }>`select exists(select 1 from things) as there`.execute(
      db.kysely,
    );
    expect(rows).toEqual([{ there: 1 }]);
  });

  test('any counter, text and bytes survive the way there and back', async () => {
    await using db = await open();
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const writable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    const one = fc.record({ id: writable, fence: int64, raw: fc.uint8Array(), at: fc.maxSafeInteger() });
    await fc.assert(
      fc.asyncProperty(one, async (given) => {
        await db.kysely.deleteFrom('things').execute();
        await db.kysely
          .insertInto('things')
          .values({ ...given, on: 0 })
          .execute();
        const found = await db.kysely
          .selectFrom('things')
          .select(['id', 'fence', 'raw', 'at'])
          .executeTakeFirst();
        expect(found).toEqual({ ...given, raw: Buffer.from(given.raw) });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['text with a NUL', 'a\0b', 'store bytes'],
    ['a number that is not exact', 2 ** 53, 'pass a bigint'],
    ['a number that is none', Number.NaN, 'pass a bigint'],
    ['a bigint beyond 64 bits', 2n ** 63n, '64 bits'],
    ['a date', new Date(0), 'toJson'],
    ['a list', [1], 'toJson'],
  ])('refuses %s and goes on', async (_, value, advice) => {
    await using db = await open();
    await expect(sql`select ${value} as x`.execute(db.kysely)).rejects.toThrow(advice);
    await db.ping();
  });

  test('tells a second row with the same key from a missing parent and from a missing value', async () => {
    await using db = await open();
    await db.kysely.insertInto('things').values(row('a')).execute();
    const insert = (values: object) =>
      db.kysely
        .insertInto('things')
        .values({ ...row('b'), ...values })
        .execute()
        .catch((error: unknown) => error);
    const again = await insert({ id: 'a' });
    expect(isUniqueViolation(again)).toBe(true);
    expect(await insert({ owner: 'nobody' })).toMatchObject({
      name: 'ConstraintViolation',
      kind: 'foreign-key',
    });
    expect(await insert({ fence: null })).toMatchObject({ name: 'ConstraintViolation', kind: 'not-null' });
  });
}

function describeTransactions(open: Open): void {
  test('keeps nothing of a transaction that throws, and passes the error on', async () => {
    await using db = await open();
    const failure = new Error('changed my mind');
    const attempt = db.transaction(async (tx) => {
      await tx.insertInto('things').values(row('a')).execute();
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([]);
  });

  test('is lost after a failed statement, even if the error was swallowed', async () => {
    await using db = await open();
    await db.kysely.insertInto('things').values(row('a')).execute();
    const attempt = db.transaction(async (tx) => {
      await tx.insertInto('things').values(row('b')).execute();
      await tx
        .insertInto('things')
        .values(row('a'))
        .execute()
        .catch(() => {});
    });
    await expect(attempt).rejects.toThrow('the transaction is lost');
    expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'a' }]);
  });

  test('loses no update among transactions that read, think and write', async () => {
    await using db = await open({ poolMax: 4 });
    await db.kysely.insertInto('things').values(row('a', 0n)).execute();
    const raise = () =>
      db.transaction(async (tx) => {
        const { fence } = await tx
          .selectFrom('things')
          .select('fence')
          .where('id', '=', 'a')
          .executeTakeFirstOrThrow();
        await tx
          .updateTable('things')
          .set({ fence: fence + 1n })
          .where('id', '=', 'a')
          .execute();
      });
    await Promise.all(Array.from({ length: 12 }, raise));
    expect(await db.kysely.selectFrom('things').select('fence').execute()).toEqual([{ fence: 12n }]);
  });

  test('refuses the database itself and a second transaction inside a transaction', async () => {
    await using db = await open();
    const inside = (use: () => Promise<unknown>) => db.transaction(async () => void (await use()));
    await expect(inside(() => db.kysely.selectFrom('things').select('id').execute())).rejects.toThrow(
      'only `tx`',
    );
    await expect(inside(() => db.transaction(async () => {}))).rejects.toThrow('only `tx`');
    await db.ping();
  });

  test('lets what a transaction started, and what goes on after it, use the database', async () => {
    await using db = await open();
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let later: Promise<void> | undefined;
    await db.transaction(async () => {
      later = finished.then(() => db.ping());
    });
    finish();
    await later;
  });

  test('does not wait for a connection longer than allowed', async () => {
    await using db = await open({ poolMax: 1, waitTimeoutMs: 50 });
    const fromElsewhere = AsyncLocalStorage.snapshot();
    const error = await db.transaction(() =>
      fromElsewhere(() => db.ping()).catch((reason: unknown) => reason),
    );
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ retryable: true, outcome: 'nothing-written' });
    await db.ping();
  });
}

function describeLife(open: Open): void {
  test('tells the time in whole milliseconds, in a transaction and in expressions too', async () => {
    await using db = await open();
    const [alone, within] = [await db.now(), await db.transaction((tx) => db.now(tx))];
    expect([alone, within].every(Number.isSafeInteger)).toBe(true);
    expect(within).toBeGreaterThanOrEqual(alone);
    await db.kysely
      .insertInto('things')
      .values({ ...row('a'), at: within })
      .execute();
    const past = db.kysely.selectFrom('things').select('id').where('at', '<=', db.nowSql());
    expect(await past.execute()).toEqual([{ id: 'a' }]);
    await db.kysely.updateTable('things').set({ at: db.nowSql() }).execute();
    const { at } = await db.kysely.selectFrom('things').select('at').executeTakeFirstOrThrow();
    expect(at).toBeGreaterThanOrEqual(within);
  });

  test('answers `closed` after its end, which lets a running transaction finish', async () => {
    const db = await open();
    let running: Promise<number> | undefined;
    await new Promise<void>((begun) => {
      running = db.transaction(async (tx) => {
        begun();
        await tx.insertInto('things').values(row('a')).execute();
        return (await tx.selectFrom('things').select('id').execute()).length;
      });
    });
    await db[Symbol.asyncDispose]();
    expect(await running).toBe(1);
    await expect(db.ping()).rejects.toMatchObject({
      name: 'StoreUnavailable',
      reason: 'closed',
      retryable: false,
    });
  });
}

function describeMigrations(createDatabase: () => Promise<string>): void {
  const populate: Migration = {
    name: '0002-populate',
    up: async (db) => void (await db.insertInto('things').values(row('made')).execute()),
  };
  const both = { migrations: [things, populate] };

  test('replicas that start at once all succeed, and every step is done once', async () => {
    const url = await createDatabase();
    const replicas = await Promise.all(Array.from({ length: 5 }, () => openThings(url, both)));
    for (const replica of replicas) {
      expect(await replica.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'made' }]);
    }
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
  });

  test('adds only the steps that are missing', async () => {
    const url = await createDatabase();
    await (await openThings(url))[Symbol.asyncDispose]();
    await using db = await openThings(url, both);
    expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'made' }]);
  });

  test('leaves nothing of a step that fails, so that the next start tries it again', async () => {
    const url = await createDatabase();
    const broken: Migration = {
      name: '0002-populate',
      up: async (db, types) => {
        await populate.up(db, types);
        throw new Error('half-way');
      },
    };
    await expect(openThings(url, { migrations: [things, broken] })).rejects.toThrow('half-way');
    await using db = await openThings(url, both);
    expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'made' }]);
  });

  test('refuses the database of a newer version and of another program', async () => {
    const url = await createDatabase();
    await (await openThings(url, both))[Symbol.asyncDispose]();
    await expect(openThings(url)).rejects.toThrow(SchemaMismatch);
    await expect(openThings(url)).rejects.toThrow('0002-populate');
    await expect(openThings(url, { migrations: [{ ...things, name: '0001-other' }] })).rejects.toThrow(
      'another program',
    );
  });

  test('keeps the progress of several services in one database apart', async () => {
    const url = await createDatabase();
    await using one = await openThings(url, { namespace: 'one' });
    const others: Migration = {
      name: '0001-others',
      up: (db) => db.schema.createTable('others').addColumn('id', 'text').execute(),
    };
    await using two = await openDatabase({ url, namespace: 'two', migrations: [others] });
    await Promise.all([one.ping(), two.ping()]);
  });
}
