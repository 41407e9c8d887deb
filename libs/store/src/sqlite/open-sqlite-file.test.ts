import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openThings } from '../describe-database.ts';

const row = { id: 'a', fence: 1n, on: false };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'consolemesh-sqlite-'));
  path = join(folder, 'things.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('creates the file and its journal for its owner alone', async () => {
  await using db = await openThings(`sqlite:${path}`);
  await db.ping();
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  expect(Object.fromEntries(modes)).toEqual({
    'things.sqlite': 0o600,
    'things.sqlite-shm': 0o600,
    'things.sqlite-wal': 0o600,
  });
});

test('closes a file that was open to others', async () => {
  writeFileSync(path, '');
  chmodSync(path, 0o644);
  await using db = await openThings(`sqlite:${path}`);
  await db.ping();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('writes through to the disk, journals ahead and checks foreign keys', async () => {
  await using db = await openThings(`sqlite:${path}`);
  const pragma = async (name: string) =>
    Object.values((await sql`pragma ${sql.raw(name)}`.execute(db.kysely)).rows[0]!)[0];
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(2);
  expect(await pragma('foreign_keys')).toBe(1);
});

test('keeps what was committed when it is opened again', async () => {
  const first = await openThings(`sqlite:${path}`);
  await first.kysely.insertInto('things').values(row).execute();
  await first[Symbol.asyncDispose]();
  await using again = await openThings(`sqlite:${path}`);
  expect(await again.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'a' }]);
});

test('takes its time from the given clock', async () => {
  let time = 1_000;
  await using db = await openThings(`sqlite:${path}`, { clock: () => time });
  expect(await db.now()).toBe(1_000);
  time = 2_000;
  await db.kysely
    .insertInto('things')
    .values({ ...row, at: db.nowSql() })
    .execute();
  expect(await db.kysely.selectFrom('things').select('at').execute()).toEqual([{ at: 2_000 }]);
});

test('says `busy` while another process holds the lock, and works on once it is free', async () => {
  await using db = await openThings(`sqlite:${path}`, { waitTimeoutMs: 60 });
  const other = new Libsql(path);
  other.exec('begin immediate');
  const insert = () => db.kysely.insertInto('things').values(row).execute();
  const busy = { name: 'StoreUnavailable', reason: 'busy', retryable: true, outcome: 'nothing-written' };
  await expect(insert()).rejects.toMatchObject(busy);
  await expect(db.transaction(insert)).rejects.toMatchObject(busy);
  expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([]);
  other.exec('commit');
  await insert();
  await db.transaction((tx) => tx.updateTable('things').set({ fence: 2n }).execute());
  other.close();
});

test('says `full` when the disk is, keeps what was there and works on when there is room', async () => {
  await using db = await openThings(`sqlite:${path}`);
  await db.kysely.insertInto('things').values(row).execute();
  const limitPages = (pages: number) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(db.kysely);
  await limitPages(1);
  const fill = () =>
    db.transaction((tx) =>
      tx
        .insertInto('things')
        .values({ ...row, id: 'b', raw: Buffer.alloc(100_000) })
        .execute(),
    );
  await expect(fill()).rejects.toMatchObject({ name: 'StoreUnavailable', reason: 'full', retryable: false });
  expect(await db.kysely.selectFrom('things').select('id').execute()).toEqual([{ id: 'a' }]);
  await limitPages(10_000);
  await fill();
});

test('names the path when the folder is missing and when the file is no database', async () => {
  const missing = openThings(`sqlite:${join(folder, 'no', 'such.sqlite')}`);
  await expect(missing).rejects.toMatchObject({
    reason: 'broken',
    message: expect.stringContaining('such.sqlite: its folder'),
  });
  writeFileSync(path, 'this is a letter to my grandmother, not a database'.repeat(100));
  await expect(openThings(`sqlite:${path}`)).rejects.toMatchObject({
    name: 'StoreUnavailable',
    reason: 'broken',
  });
});
