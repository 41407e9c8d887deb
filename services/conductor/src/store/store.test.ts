import { inspect } from 'node:util';
import type { Database } from '@consolemesh/store';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { type Compilable, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { incarnationOf, newConsole } from '../domain/console.ts';
import { disable } from '../domain/disable.ts';
import { enable } from '../domain/enable.ts';
import { sealed } from '../domain/sealed.ts';
import { aNode, aSession, readyConsole } from '../domain/testing.ts';
import { openTestStore, testSealer } from '../testing/open-test-store.ts';
import { nodePageQuery } from './node-query.ts';
import { consolePageQuery } from './reads.ts';
import type { ConductorSchema } from './schema.ts';
import type { ConductorStore, NodeFilter } from './store.ts';

const times = { lease: 15_000, guard: 3_000, margin: 3_000 };

for (const { name, engine, start } of testEngines) {
  describe(`the conductor's store on ${name}`, () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());

    const open = (url?: string) => openTestStore(databases, url);

    /** A node with both consoles, the graphical one enabled; answers the id of that one. */
    async function addNode(store: ConductorStore, id: string, nodeName = id): Promise<string> {
      const node = aNode({ id, name: nodeName, labels: { rack: 'a1' } });
      await store.write(async (unit) => {
        await unit.insertNode(node, [
          newConsole(`${id}-g`, node, 'graphical'),
          newConsole(`${id}-s`, node, 'serial'),
        ]);
        const record = await unit.findConsole(`${id}-g`);
        await unit.putConsole(enable(record!, 'f'));
      });
      return `${id}-g`;
    }

    test('keeps a node with its secrets sealed, and gives it back as it was', async () => {
      const { store, database } = await open();
      await using _ = store;
      const node = aNode({
        driverSecrets: sealed({ password: 'calvin-the-secret' }),
        labels: { rack: 'a1' },
        maintenance: true,
      });
      await store.write((unit) => unit.insertNode(node, []));
      const found = await store.findNode('n1');
      expect(found).toMatchObject({
        id: 'node-1',
        labels: { rack: 'a1' },
        maintenance: true,
        secretKeys: ['password'],
      });
      expect(found?.driverSecrets.reveal()).toEqual({ password: 'calvin-the-secret' });
      expect((await store.findNode('node-1'))?.name).toBe('n1');
      const { rows } = await sql<Record<string, unknown>>`select * from conductor_nodes`.execute(
        database.kysely,
      );
      expect(inspect(rows)).not.toContain('calvin-the-secret');
      expect((rows[0]!.secrets as Buffer).includes('calvin-the-secret')).toBe(false);
    });

    test('keeps an incarnation with its secrets sealed for this console alone', async () => {
      const { store, database } = await open();
      await using _ = store;
      await addNode(store, 'a');
      await addNode(store, 'b');
      const record = { ...readyConsole(3), id: 'a-g', nodeId: 'a' };
      await store.write((unit) => unit.putConsole(record));
      const found = await store.findConsole('a-g');
      const { secrets, ...plain } = incarnationOf(record.state)!;
      expect(found).toMatchObject({ generation: 1n, state: { observed: 'ready', incarnation: plain } });
      expect(incarnationOf(found!.state)!.secrets.reveal()).toEqual(secrets.reveal());
      await sql`update conductor_consoles set incarnation_json = (select incarnation_json from conductor_consoles where id = 'a-g'),
        secrets = (select secrets from conductor_consoles where id = 'a-g') where id = 'b-g'`.execute(
        database.kysely,
      );
      const copied = incarnationOf((await store.findConsole('b-g'))!.state)!;
      expect(() => copied.secrets.reveal()).toThrow();
    });

    test('refuses a name or a UUID that is taken, and follows a new name everywhere', async () => {
      const { store } = await open();
      await using _ = store;
      await addNode(store, 'a', 'first');
      await expect(addNode(store, 'b', 'first')).rejects.toMatchObject({ reason: 'NODE_NAME_TAKEN' });
      await expect(addNode(store, 'a', 'second')).rejects.toMatchObject({ reason: 'NODE_EXISTS' });
      const node = (await store.findNode('a'))!;
      await store.write((unit) => unit.putNode({ ...node, name: 'renamed' }));
      expect((await store.consolesOfNode('a')).map(({ nodeName }) => nodeName)).toEqual([
        'renamed',
        'renamed',
      ]);
      const listed = await store.listNodes({ after: '', limit: 9, labels: { rack: 'a1' } });
      expect(listed.map(({ name }) => name)).toEqual(['renamed']);
    });

    test('gives a lease to one of many who ask at once, with a fence that has never been given before', async () => {
      const { store, url } = await open();
      await using _ = store;
      const { store: other } = await open(url);
      await using _other = other;
      const id = await addNode(store, 'a');
      const answers = await Promise.all(
        ['c1', 'c2', 'c3', 'c4'].map((owner, i) =>
          (i % 2 ? other : store).leases.acquireOne(id, owner, times),
        ),
      );
      const won = answers.filter((answer) => answer !== undefined);
      expect(won).toEqual([expect.objectContaining({ consoleId: id, fence: 1n })]);
      expect(won[0]!.mutableAt).toBeLessThanOrEqual(won[0]!.now);
    });

    test('lets a lease be taken over once it has expired, and has the new owner wait for the margin', async () => {
      const { store, database } = await open();
      await using _ = store;
      const id = await addNode(store, 'a');
      await store.leases.acquire('c1', times, 10);
      expect(await store.leases.acquire('c2', times, 10)).toEqual([]);
      const expiredAt = (await store.now()) - 1_000;
      await database.kysely
        .updateTable('conductor_leases')
        .set({ expires_at: expiredAt })
        .where('console_id', '=', id)
        .execute();
      expect(await store.leases.renew('c1', times)).toEqual(new Map());
      const [taken] = await store.leases.acquire('c2', times, 10);
      expect(taken).toMatchObject({ consoleId: id, fence: 2n, mutableAt: expiredAt + times.margin });
    });

    test('refuses a write under a lease that is old, expired or somebody else’s', async () => {
      const { store, database } = await open();
      await using _ = store;
      const id = await addNode(store, 'a');
      await store.leases.acquireOne(id, 'c1', times);
      const writeAs = (owner: string, fence: bigint) =>
        store.write((unit) => unit.requireLease(id, owner, fence));
      await writeAs('c1', 1n);
      expect(await store.leases.raise(id, 'c1', 1n)).toBe(2n);
      for (const [owner, fence] of [
        ['c1', 1n],
        ['c2', 2n],
        ['c1', 3n],
      ] as const) {
        await expect(writeAs(owner, fence)).rejects.toMatchObject({ reason: 'LEASE_LOST' });
      }
      await writeAs('c1', 2n);
      await database.kysely.updateTable('conductor_leases').set({ expires_at: 1 }).execute();
      await expect(writeAs('c1', 2n)).rejects.toMatchObject({ reason: 'LEASE_LOST' });
      expect(await store.leases.raise(id, 'c1', 2n)).toBeUndefined();
    });

    test('offers leases of consoles that need somebody, renews in bulk and gives back what is not needed', async () => {
      const { store } = await open();
      await using _ = store;
      const ids = [await addNode(store, 'a'), await addNode(store, 'b'), await addNode(store, 'c')];
      expect((await store.leases.acquire('c1', times, 2)).length).toBe(2);
      expect((await store.leases.acquire('c1', times, 9)).length).toBe(1);
      expect([...(await store.leases.renew('c1', times)).keys()].sort()).toEqual(ids);
      await store.write(async (unit) => {
        await unit.putConsole(disable((await unit.findConsole('a-g'))!, undefined));
      });
      await store.leases.release('c1');
      const free = await store.leases.acquire('c2', times, 9);
      expect(free.map(({ consoleId }) => consoleId).sort()).toEqual(['b-g', 'c-g']);
      expect(free.every(({ mutableAt, now }) => mutableAt <= now)).toBe(true);
    });

    test('gives writes of several replicas one order, and tells each of them once it is there', async () => {
      const { store, url } = await open();
      await using _ = store;
      const { store: other } = await open(url);
      await using _other = other;
      await addNode(store, 'a');
      const before = await store.revision();
      const revisions = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? other : store).write(async (unit) => {
            await unit.putSession(aSession({ id: `s${i}` }));
            return unit.revision;
          }),
        ),
      );
      expect(new Set(revisions).size).toBe(20);
      const changes = await other.changesSince(before, 500);
      expect(changes.sessions.map(({ revision }) => revision)).toEqual(
        [...revisions].sort((a, b) => (a < b ? -1 : 1)),
      );
      expect(await other.changesSince(changes.revision, 500)).toMatchObject({
        revision: changes.revision,
        sessions: [],
      });
    });

    test('tells a long list of changes by pages without losing one', async () => {
      const { store } = await open();
      await using _ = store;
      const before = await store.revision();
      for (let i = 0; i < 9; i++) await store.write((unit) => unit.putSession(aSession({ id: `s${i}` })));
      const seen = new Set<string>();
      for (let at = before, more = true; more; ) {
        const changes = await store.changesSince(at, 2);
        for (const { id } of changes.sessions) seen.add(id);
        ({ revision: at, more } = changes);
      }
      expect(seen.size).toBe(9);
    });

    test('writes nothing of a unit that fails, and tells of what is deleted', async () => {
      const { store } = await open();
      await using _ = store;
      await addNode(store, 'a');
      const before = await store.revision();
      const failing = store.write(async (unit) => {
        await unit.putSession(aSession());
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await store.findSession('session-1')).toBeUndefined();
      await store.write((unit) => unit.deleteNode('a'));
      const { gone } = await store.changesSince(before, 9);
      expect(gone.map(({ consoleId }) => consoleId).sort()).toEqual(['a-g', 'a-s']);
      expect(await store.findConsole('a-g')).toBeUndefined();
    });

    test('remembers of consoles that are gone what they have left changed, and of others nothing', async () => {
      const { store } = await open();
      await using _ = store;
      await addNode(store, 'a');
      await addNode(store, 'b');
      await store.write(async (unit) => {
        const record = disable((await unit.findConsole('a-g'))!, undefined);
        const about = { type: 'Restored', reason: 'x', message: 'VNC stays on.', since: 1 } as const;
        await unit.putConsole({ ...record, conditions: [{ ...about, status: false }] });
        await unit.putConsole({
          ...(await unit.findConsole('b-g'))!,
          conditions: [{ ...about, status: true }],
        });
      });
      const ids = ['a-g', 'a-s', 'b-g', 'b-s'];
      expect(await store.leftChanged(ids)).toEqual([]);
      await store.write((unit) => unit.deleteNode('a'));
      await store.write((unit) => unit.deleteNode('b'));
      expect(await store.leftChanged(ids)).toEqual(['VNC stays on.']);
      expect(await store.leftChanged(['a-s'])).toEqual([]);
    });

    test('finds the sessions that time has something to do with, and no others', async () => {
      const { store } = await open();
      await using _ = store;
      const now = await store.now();
      const old = now - 200_000;
      await store.write(async (unit) => {
        await unit.seeProxy('alive');
        const live = { expiresAt: now + 1e6, changedAt: now };
        await unit.putSession(aSession({ ...live, id: 'fine', proxyId: 'alive', changedAt: old }));
        await unit.putSession(aSession({ ...live, id: 'silent', proxyId: 'gone', changedAt: old }));
        await unit.putSession(aSession({ ...live, id: 'expired', proxyId: 'alive', expiresAt: old }));
        await unit.putSession(aSession({ ...live, id: 'detached', state: 'detached', changedAt: old }));
        await unit.putSession(aSession({ ...live, id: 'just-detached', state: 'detached' }));
        await unit.putSession(aSession({ ...live, id: 'ended', state: 'ended', expiresAt: old }));
      });
      const due = await store.sessionsToAge(50);
      expect(due.map(({ session }) => session.id).sort()).toEqual(['detached', 'expired', 'silent']);
    });

    test('begins an operation once and knows its result afterwards', async () => {
      const { store } = await open();
      await using _ = store;
      const begin = () =>
        store.write((unit) => unit.beginOperation({ nodeId: 'a', operationId: 'o1', request: 'r' }));
      expect(await begin()).toBeUndefined();
      expect(await begin()).toMatchObject({ request: 'r', result: undefined });
      await store.write((unit) => unit.finishOperation('a', 'o1', { state: 2 }));
      expect(await begin()).toMatchObject({ result: { state: 2 } });
      await store.write((unit) => unit.finishOperation('a', 'o1', undefined));
      expect(await begin()).toBeUndefined();
    });

    test('lists only what somebody owns or has on loan: nodes, their consoles and their sessions', async () => {
      const { store } = await open();
      await using _ = store;
      const holders = {
        a: ['ada', ''],
        b: ['zoe', 'ada'],
        c: ['group/ops', 'zoe'],
        d: ['', ''],
        e: ['zoe', ''],
      };
      for (const [id, [owner = '', lessee = '']] of Object.entries(holders)) {
        await addNode(store, id);
        await store.write(async (unit) => {
          const node = (await unit.findNode(id))!;
          await unit.putNode({ ...node, owner, lessee });
          await unit.putSession(aSession({ id: `s-${id}`, nodeId: id, consoleId: `${id}-g` }));
        });
      }
      const seen = async (...visibleTo: string[]) => {
        const nodes = await store.listNodes({ after: '', limit: 9, visibleTo });
        const labelled = await store.listNodes({ after: '', limit: 9, labels: { rack: 'a1' }, visibleTo });
        const consoles = await store.listConsoles({ after: undefined, limit: 9, kind: 'serial', visibleTo });
        const sessions = await store.listSessions({
          before: undefined,
          limit: 9,
          includeEnded: true,
          visibleTo,
        });
        const ids = nodes.map(({ id }) => id);
        expect(labelled.map(({ id }) => id)).toEqual(ids);
        expect(consoles.map(({ nodeId }) => nodeId)).toEqual(ids);
        expect(sessions.map(({ nodeId }) => nodeId).sort()).toEqual(ids);
        return ids.join('');
      };
      expect(await seen('ada')).toBe('ab');
      expect(await seen('ada', 'group/ops')).toBe('abc');
      expect(await seen('zoe')).toBe('bce');
      expect(await seen('ops')).toBe('');
      expect(await seen('')).toBe('');
      expect(await seen()).toBe('');
      const found = await store.holdersOf(['a', 'b', 'nobody']);
      expect([...found.values()]).toEqual([
        { owner: 'ada', lessee: '' },
        { owner: 'zoe', lessee: 'ada' },
      ]);
    });

    describe('with 10,000 nodes', () => {
      let store: ConductorStore;
      let database: Database<ConductorSchema>;
      beforeAll(async () => {
        ({ store, database } = await open());
        await fill(database);
      });
      afterAll(() => store[Symbol.asyncDispose]());

      const page = async (filter: Partial<NodeFilter>) =>
        (await store.listNodes({ after: '', limit: 3, ...filter })).map((node) => node.name);

      test('pages by name, and every filter keeps that order', async () => {
        expect(await page({})).toEqual(['node-00000', 'node-00001', 'node-00002']);
        expect(await page({ after: 'node-09998' })).toEqual(['node-09999']);
        expect(await page({ namePrefix: 'node-0123' })).toEqual(['node-01230', 'node-01231', 'node-01232']);
        expect(await page({ namePrefix: 'node-0123', after: 'node-01238' })).toEqual(['node-01239']);
        expect(await page({ labels: { rack: 'r7' }, after: 'node-05000' })).toEqual([
          'node-05007',
          'node-05107',
          'node-05207',
        ]);
        expect(await page({ labels: { rack: 'r7', site: 's1' } })).toEqual([
          'node-00007',
          'node-00107',
          'node-00207',
        ]);
        expect(await page({ labels: { rack: 'r7', site: 's0' } })).toEqual([]);
        expect(await page({ owner: 'o3', after: 'node-09000' })).toEqual([
          'node-09003',
          'node-09053',
          'node-09103',
        ]);
        expect(await page({ maintenance: true })).toEqual(['node-00000', 'node-01000', 'node-02000']);
        expect(await page({ instanceUuid: 'i42' })).toEqual(['node-00042']);
      });

      test.each<[string, Partial<NodeFilter>]>([
        ['a page of all', {}],
        ['a later page', { after: 'node-05000' }],
        ['a prefix', { namePrefix: 'node-012', after: 'node-01203' }],
        ['a label', { labels: { rack: 'r7' }, after: 'node-05000' }],
        ['two labels', { labels: { rack: 'r7', site: 's1' } }],
        ['an owner', { owner: 'o3', after: 'node-05000' }],
        ['an instance', { instanceUuid: 'i42' }],
        ['maintenance', { maintenance: true }],
      ])('reads %s along an index, without scanning a table', async (_, filter) => {
        await expectIndexed(nodePageQuery(database.kysely, { after: '', limit: 100, ...filter }));
      });

      test('reads consoles, leases and changes along indexes too', async () => {
        const db = database.kysely;
        const after = { nodeName: 'node-05000', kind: 'graphical' } as const;
        await expectIndexed(consolePageQuery(db, { after, limit: 100 }));
        await expectIndexed(consolePageQuery(db, { after: undefined, limit: 100, observed: 'ready' }));
        await expectIndexed(
          db.selectFrom('conductor_consoles').selectAll().where('revision', '>', 19_990n).orderBy('revision'),
        );
        await expectIndexed(
          db
            .selectFrom('conductor_leases')
            .select('console_id')
            .where('active', '=', 1)
            .where('expires_at', '<=', 1_000)
            .orderBy('expires_at')
            .limit(500),
        );
      });

      async function expectIndexed(query: Compilable): Promise<void> {
        const { sql: text, parameters } = query.compile();
        const prefix = engine === 'sqlite' ? 'explain query plan ' : 'explain ';
        const { rows } = await database.kysely.executeQuery<Record<string, unknown>>({
          ...query.compile(),
          sql: `${prefix}${text}`,
          parameters,
        } as never);
        const plan = rows.map((row) => String(row.detail ?? row['QUERY PLAN'])).join('\n');
        expect(plan).toMatch(/USING (COVERING )?INDEX|Index (Only )?Scan/);
        // PostgreSQL may prefer to sort the few rows that an index gave it; nothing may read a whole table.
        expect(plan).not.toMatch(/Seq Scan|TEMP B-TREE|SCAN \w+$/m);
      }
    });
  });
}

/** Nodes by bulk statements: through the port it would take minutes. */
async function fill(database: Database<ConductorSchema>): Promise<void> {
  const count = 10_000;
  const batch = 500;
  const node = aNode();
  for (let from = 0; from < count; from += batch) {
    await database.transaction(async (tx) => {
      const numbers = Array.from({ length: batch }, (_, i) => from + i);
      const rows = numbers.map((i) => ({ i, id: `id-${i}`, name: `node-${String(i).padStart(5, '0')}` }));
      await tx
        .insertInto('conductor_nodes')
        .values(
          rows.map(({ i, id, name }) => ({
            id,
            name,
            ...node.interfaces,
            driver_info_json: '{}',
            secret_keys_json: '[]',
            secrets: testSealer.seal('{}', `node/${id}`),
            owner: `o${i % 50}`,
            lessee: '',
            instance_uuid: `i${i}`,
            maintenance: i % 1_000 === 0,
            maintenance_reason: '',
            labels_json: '{}',
            extra_json: '{}',
            route: '',
            deleting: false,
            revision: BigInt(i),
            created_at: 0,
            updated_at: 0,
          })),
        )
        .execute();
      await tx
        .insertInto('conductor_node_labels')
        .values(
          rows.flatMap(({ i, id, name }) => [
            { node_id: id, key: 'rack', value: `r${i % 100}`, name },
            { node_id: id, key: 'site', value: `s${i % 2}`, name },
          ]),
        )
        .execute();
      await tx
        .insertInto('conductor_consoles')
        .values(
          rows.flatMap(({ i, id, name }) =>
            (['graphical', 'serial'] as const).map((kind) => ({
              id: `${id}-${kind}`,
              node_id: id,
              node_name: name,
              kind,
              desired: 'disabled',
              observed: i % 20 === 0 ? 'ready' : 'stopped',
              generation: 0n,
              incarnation_json: null,
              secrets: null,
              conditions_json: '[]',
              last_error_json: null,
              retry_json: '{"kind":"none"}',
              linger_until: null,
              revision: BigInt(i * 2 + (kind === 'serial' ? 1 : 0)),
            })),
          ),
        )
        .execute();
      await tx
        .insertInto('conductor_leases')
        .values(
          rows.map(({ i, id }) => ({
            console_id: `${id}-graphical`,
            active: i % 20 === 0,
            owner: i % 20 === 0 ? 'c1' : '',
            fence: 1n,
            expires_at: i % 20 === 0 ? 2_000 : 0,
            mutable_at: 0,
          })),
        )
        .execute();
    });
  }
  if (database.engine === 'postgres') await sql`analyze`.execute(database.kysely);
}
