import { readFile } from 'node:fs/promises';
import { createSealer, type Database, type Sealer } from '@consolemesh/store';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { incarnationOf } from '../domain/console.ts';
import { sealed } from '../domain/sealed.ts';
import { aNode, readyConsole } from '../domain/testing.ts';
import { openTestStore } from '../testing/open-test-store.ts';
import type { ConductorSchema } from './schema.ts';
import type { ConductorStore, SealCursor } from './store.ts';

const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
const [old, next] = [key('key-of-old', 1), key('key-of-new', 2)];
const ring = (...keys: (typeof old)[]) => createSealer({ keys });
const secretOf = (n: number) => `canary-${n}-secret`;
const nodeOf = (n: number) =>
  aNode({ id: `node-${n}`, name: `n${n}`, driverSecrets: sealed({ password: secretOf(n) }) });

for (const { name, start } of testEngines) {
  describe(`sealed secrets on ${name}`, () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());

    const open = (sealer: Sealer, url?: string) => openTestStore(databases, url, sealer);

    /** So many nodes with a console that is ready, all sealed with the old key. */
    async function filled(count: number): Promise<string> {
      const { store, url } = await open(ring(old));
      await using _ = store;
      await store.write(async (unit) => {
        for (let n = 0; n < count; n++) {
          const node = nodeOf(n);
          await unit.insertNode(node, [
            { ...readyConsole(), id: `console-${n}`, nodeId: node.id, nodeName: node.name },
          ]);
        }
      });
      return url;
    }

    async function renewAll(store: ConductorStore, limit: number): Promise<number> {
      let renewed = 0;
      for (let at: SealCursor | undefined, first = true; at || first; first = false) {
        const batch = await store.seals.renew(at, limit);
        renewed += batch.renewed;
        at = batch.next;
      }
      return renewed;
    }

    /** Everything of a database that somebody could get at: SQLite's files, or all rows as text. */
    async function dump(database: Database<ConductorSchema>, url: string): Promise<Buffer> {
      if (database.engine === 'sqlite') {
        const path = url.slice('sqlite:'.length);
        const files = [path, `${path}-wal`].map((file) => readFile(file).catch(() => Buffer.alloc(0)));
        return Buffer.concat(await Promise.all(files));
      }
      const { rows } = await sql<{ name: string }>`
        select table_name as name from information_schema.tables where table_name like 'conductor\\_%'`.execute(
        database.kysely,
      );
      const texts = rows.map(({ name }) =>
        sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(database.kysely),
      );
      const all = (await Promise.all(texts)).flatMap((found) => found.rows.map(({ row }) => row)).join('\n');
      const bytes = [...all.matchAll(/\\x([0-9a-f]+)/g)].map(([, hex]) => Buffer.from(hex!, 'hex'));
      return Buffer.concat([Buffer.from(all), ...bytes]);
    }

    test('that lie under an old key are sealed anew in batches, and nothing that users see changes', async () => {
      const url = await filled(7);
      const { store, database } = await open(ring(next, old), url);
      await using _ = store;
      const before = {
        revision: await store.revision(),
        nodes: await store.listNodes({ after: '', limit: 99 }),
      };
      expect(await store.seals.count()).toEqual([
        { keyId: next.id, nodes: 0, consoles: 0 },
        { keyId: old.id, nodes: 7, consoles: 7 },
      ]);
      expect((await dump(database, url)).includes(old.id)).toBe(true);
      expect(await renewAll(store, 3)).toBe(14);
      expect(await renewAll(store, 3)).toBe(0);
      await store.seals.scrub();
      expect(await store.seals.count()).toEqual([
        { keyId: next.id, nodes: 7, consoles: 7 },
        { keyId: old.id, nodes: 0, consoles: 0 },
      ]);
      expect(await store.revision()).toBe(before.revision);
      const after = await store.listNodes({ after: '', limit: 99 });
      expect(after.map(({ revision, updatedAt }) => [revision, updatedAt])).toEqual(
        before.nodes.map(({ revision, updatedAt }) => [revision, updatedAt]),
      );
      const raw = await dump(database, url);
      expect(raw.includes(next.id)).toBe(true);
      for (const gone of [old.id, 'canary-', 'Abcdefg7']) expect(raw.includes(gone), gone).toBe(false);

      const { store: without } = await open(ring(next), url);
      await using _without = without;
      for (let n = 0; n < 7; n++) {
        expect((await without.findNode(`n${n}`))?.driverSecrets.reveal()).toEqual({ password: secretOf(n) });
        const console = await without.findConsole(`console-${n}`);
        expect(incarnationOf(console!.state)?.secrets.reveal().password).toBeTruthy();
      }
    });

    test('are sealed anew once each by two conductors that do it at the same time', async () => {
      const url = await filled(30);
      const { store: one } = await open(ring(next, old), url);
      await using _one = one;
      const { store: two } = await open(ring(next, old), url);
      await using _two = two;
      const renewed = await Promise.all([renewAll(one, 4), renewAll(two, 7)]);
      expect(renewed[0]! + renewed[1]!).toBe(60);
      expect(await one.seals.count()).toEqual([
        { keyId: next.id, nodes: 30, consoles: 30 },
        { keyId: old.id, nodes: 0, consoles: 0 },
      ]);
    });

    test('that somebody writes meanwhile stay as they were written', async () => {
      const url = await filled(20);
      const { store: one } = await open(ring(next, old), url);
      await using _one = one;
      // A conductor that has not seen the new ring yet seals with the old key still.
      const { store: late } = await open(ring(old, next), url);
      await using _late = late;
      const writing = async () => {
        for (let n = 0; n < 20; n++) {
          await late.write(async (unit) => {
            const node = (await unit.findNode(`n${n}`))!;
            await unit.putNode({ ...node, driverSecrets: sealed({ password: `written-${n}` }) });
          });
        }
      };
      await Promise.all([writing(), renewAll(one, 3), renewAll(one, 5)]);
      await renewAll(one, 50);
      const { store: without } = await open(ring(next), url);
      await using _without = without;
      for (let n = 0; n < 20; n++) {
        expect((await without.findNode(`n${n}`))?.driverSecrets.reveal()).toEqual({
          password: `written-${n}`,
        });
      }
    });

    test('of which the key is missing concern their node alone, and survive writes of everything else', async () => {
      const url = await filled(2);
      const { store, database } = await open(ring(next), url);
      await using _ = store;
      await store.write((unit) => unit.insertNode(nodeOf(9), []));
      const node = (await store.findNode('n0'))!;
      expect(node.secretKeys).toEqual(['password']);
      expect(() => node.driverSecrets.reveal()).toThrow(
        expect.objectContaining({
          reason: 'SECRETS_UNREADABLE',
          message: expect.stringMatching(
            /n0: sealed with the key key-of-old, which is not in the key ring; put the key back/,
          ),
        }),
      );
      expect((await store.findNode('n9'))!.driverSecrets.reveal()).toEqual({ password: secretOf(9) });
      expect(await renewAll(store, 50)).toBe(0);
      expect(await store.seals.count()).toEqual([
        { keyId: next.id, nodes: 1, consoles: 0 },
        { keyId: old.id, nodes: 2, consoles: 2 },
      ]);
      await store.write(async (unit) => {
        await unit.putNode({ ...node, maintenance: true });
        const console = (await unit.findConsole('console-0'))!;
        await unit.putConsole({ ...console, desired: 'disabled' });
      });
      const { store: back } = await open(ring(old), url);
      await using _back = back;
      expect(await back.findNode('n0')).toMatchObject({ maintenance: true });
      expect((await back.findNode('n0'))!.driverSecrets.reveal()).toEqual({ password: secretOf(0) });
      expect(incarnationOf((await back.findConsole('console-0'))!.state)?.secrets.reveal()).toBeTruthy();
      // Bytes that are no sealed value at all do not keep the rest from being counted.
      await database.kysely
        .updateTable('conductor_nodes')
        .set({ secrets: Buffer.from('zz') })
        .where('id', '=', 'node-1')
        .execute();
      expect(await store.seals.count()).toMatchObject([{ nodes: 1 }, { nodes: 1 }]);
    });

    test('under an old key come under the new one with the next write of their row', async () => {
      const url = await filled(1);
      const { store } = await open(ring(next, old), url);
      await using _ = store;
      await store.write(async (unit) => {
        await unit.putNode({ ...(await unit.findNode('n0'))!, maintenance: true });
        await unit.putConsole((await unit.findConsole('console-0'))!);
      });
      expect(await store.seals.count()).toEqual([
        { keyId: next.id, nodes: 1, consoles: 1 },
        { keyId: old.id, nodes: 0, consoles: 0 },
      ]);
    });
  });
}
