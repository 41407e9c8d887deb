import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openThings } from '../describe-database.ts';
import { type PostgresServer, startPostgres } from '../testing.ts';

const row = (id: string) => ({ id, fence: 1n, on: false });
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('a PostgreSQL server that fails', () => {
  test('makes calls fail as `down` and is found again when it is back, without help', async () => {
    const lost: Error[] = [];
    await using db = await openThings(await server.createDatabase(), {
      onConnectionLost: (error) => lost.push(error),
    });
    await db.kysely.insertInto('things').values(row('a')).execute();
    await server.stop();
    await expect(db.ping()).rejects.toMatchObject({
      name: 'StoreUnavailable',
      reason: 'down',
      retryable: true,
    });
    await server.start();
    expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'a' }]);
    expect(lost.length).toBeGreaterThan(0);
  });

  test('ends a transaction in which the connection broke, with nothing written', async () => {
    await using db = await openThings(await server.createDatabase());
    const attempt = db.transaction(async (tx) => {
      await tx.insertInto('things').values(row('a')).execute();
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
    });
    await expect(attempt).rejects.toMatchObject({ reason: 'down', outcome: 'nothing-written' });
    expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([]);
  });

  test('leaves the outcome unknown when the connection breaks during COMMIT', async () => {
    await using db = await openThings(await server.createDatabase());
    await sql`create function leave() returns trigger language plpgsql as
      $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`.execute(db.kysely);
    await sql`create constraint trigger leave after insert on things deferrable initially deferred
      for each row execute function leave()`.execute(db.kysely);
    const attempt = db.transaction((tx) => tx.insertInto('things').values(row('a')).execute());
    await expect(attempt).rejects.toMatchObject({ reason: 'down', outcome: 'unknown' });
  });
});

test('ends a statement that takes too long, and the next one is not confused by it', async () => {
  await using db = await openThings(await server.createDatabase(), { statementTimeoutMs: 50, poolMax: 1 });
  await expect(sql`select pg_sleep(20)`.execute(db.kysely)).rejects.toMatchObject({
    reason: 'timeout',
    retryable: true,
  });
  expect((await sql`select 7 as seven`.execute(db.kysely)).rows).toEqual([{ seven: 7 }]);
});

test('tries again what ended in a deadlock', async () => {
  await using db = await openThings(await server.createDatabase());
  await db.kysely
    .insertInto('things')
    .values([row('a'), row('b')])
    .execute();
  let met = 0;
  let open: () => void;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const update = (first: string, second: string) =>
    db.transaction(async (tx) => {
      const raise = (id: string) =>
        tx
          .updateTable('things')
          .set((e) => ({ fence: e('fence', '+', 1n) }))
          .where('id', '=', id)
          .execute();
      await raise(first);
      met += 1;
      if (met === 2) open();
      await gate;
      await raise(second);
    });
  await Promise.all([update('a', 'b'), update('b', 'a')]);
  const rows = await db.kysely.selectFrom('things').select('fence').execute();
  expect(rows).toEqual([{ fence: 3n }, { fence: 3n }]);
  expect(met).toBeGreaterThan(2);
});

test('says what is wrong, without the password, when there is no such database or no server', async () => {
  const url = new URL(await server.createDatabase());
  url.pathname = '/no_such';
  url.searchParams.set('password', 'hunter2');
  const error = await openThings(url.href).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    reason: 'broken',
    retryable: false,
    message: expect.stringContaining('no_such'),
  });
  const nobody = await openThings('postgres://me:hunter2@127.0.0.1:1/x').catch((reason: unknown) => reason);
  expect(nobody).toMatchObject({ reason: 'down', retryable: true });
  expect(`${(error as Error).stack}${(nobody as Error).stack}`).not.toContain('hunter2');
});

test('keeps the values of a refused row out of the error', async () => {
  await using db = await openThings(await server.createDatabase());
  const refused = sql`insert into things (id, fence, owner) values ('a', null, 'hunter2')`.execute(db.kysely);
  const error = await refused.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ kind: 'not-null', what: 'fence' });
  expect(JSON.stringify([error, (error as Error).cause])).not.toContain('hunter2');
});

test('refuses a clock: its own is the one that counts', async () => {
  const url = await server.createDatabase();
  await expect(openThings(url, { clock: () => 0 })).rejects.toThrow('omit `clock`');
});
