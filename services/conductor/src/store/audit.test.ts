import { createAuditCheck } from '@consolemesh/contracts';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../domain/audit.ts';
import { endSession } from '../domain/session.ts';
import { aSession } from '../domain/testing.ts';
import { openTestStore } from '../testing/open-test-store.ts';
import { auditEventToWire } from '../wire/audit.ts';
import type { AuditFilter, ConductorStore } from './store.ts';

for (const { name, start } of testEngines) {
  describe(`the audit log on ${name}`, () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());

    const open = (url?: string) => openTestStore(databases, url);

    const append = (store: ConductorStore, entry: AuditEntry, actor?: string) =>
      store.write((unit) => unit.audit(entry), actor);
    const all = (store: ConductorStore, filter: Partial<AuditFilter> = {}) =>
      store.listAuditEvents({ oldestFirst: true, limit: 1_000, ...filter });
    /** Sequence number of the first event that does not fit. */
    async function brokenAt(store: ConductorStore): Promise<bigint | undefined> {
      const check = createAuditCheck();
      const broken = (await all(store)).some((event) => check.add(auditEventToWire(event)) !== undefined);
      return broken ? check.events + 1n : undefined;
    }

    test('is one chain without a gap, however many append at once through two stores', async () => {
      const { store, url } = await open();
      await using _ = store;
      const { store: other } = await open(url);
      await using _other = other;
      // Twenty at a time: how long a write may wait for a connection is not what this is about.
      const lane = async (lane: number) => {
        for (let i = 0; i < 10; i++) {
          const entry: AuditEntry = { kind: 'session.refused', sessionId: `s${lane}-${i}` };
          await append(lane % 2 ? store : other, entry, `user/u${lane}`);
        }
      };
      await Promise.all(Array.from({ length: 20 }, (_, i) => lane(i)));
      const events = await all(store);
      expect(events.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 200 }, (_, i) => BigInt(i + 1)),
      );
      expect(new Set(events.map(({ sessionId }) => sessionId)).size).toBe(200);
      expect(await brokenAt(other)).toBeUndefined();
    });

    test('keeps what was appended with its actor and the time of its write, odd text too', async () => {
      const { store } = await open();
      await using _ = store;
      const odd = 'a\0b \ud83d"\\\u2028é😀';
      const now = await store.write(async (unit) => {
        await unit.audit({
          kind: 'token.issued',
          subject: odd,
          tokenId: 't1',
          forced: true,
          fields: [odd, ''],
        });
        return unit.now;
      }, 'user/ada');
      const kept = 'a\ufffdb \ufffd"\\\u2028é😀';
      expect(await all(store)).toMatchObject([
        {
          at: Math.round(now),
          actor: 'user/ada',
          subject: kept,
          tokenId: 't1',
          forced: true,
          fields: [kept, ''],
        },
      ]);
      expect(await brokenAt(store)).toBeUndefined();
    });

    test('holds nothing of a write that has come to nothing', async () => {
      const { store } = await open();
      await using _ = store;
      await append(store, { kind: 'node.created' });
      const failing = store.write(async (unit) => {
        await unit.audit({ kind: 'node.deleted' });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await append(store, { kind: 'node.changed' });
      expect((await all(store)).map(({ kind }) => kind)).toEqual(['node.created', 'node.changed']);
      expect(await brokenAt(store)).toBeUndefined();
    });

    test('is told by whatever writes a session when it begins and when it ends, once', async () => {
      const { store } = await open();
      await using _ = store;
      const put = (session: ReturnType<typeof aSession>) => store.write((unit) => unit.putSession(session));
      const view = aSession({ id: 'v', role: 'view', state: 'opening' });
      const ended = endSession(aSession(), { reason: 'CLIENT_LOST', message: 'text of somebody', at: 1 });
      for (const session of [view, { ...view, state: 'open' as const }, aSession({ state: 'opening' })]) {
        await put(session);
      }
      for (const session of [aSession({ state: 'detached' }), aSession(), ended, ended, aSession()]) {
        await put(session);
      }
      const told = (await all(store)).map(({ kind, sessionId, reason }) =>
        [kind, sessionId, reason].join(' '),
      );
      expect(told).toEqual([
        'session.opened v ',
        'session.opened session-1 ',
        'session.granted-control session-1 ',
        'session.ended session-1 CLIENT_LOST',
        'session.opened session-1 ',
        'session.granted-control session-1 ',
      ]);
      expect(JSON.stringify(await all(store), (_k, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toContain(
        'text of somebody',
      );
    });

    test('is read by pages in both directions, and by node, person, kind and time', async () => {
      const { store, database } = await open();
      await using _ = store;
      const entries: AuditEntry[] = [
        { kind: 'node.created', nodeId: 'i1', nodeName: 'n1' },
        { kind: 'session.opened', nodeId: 'i1', nodeName: 'n1', subject: 'ada' },
        { kind: 'node.created', nodeId: 'i2', nodeName: 'n2' },
        { kind: 'session.ended', nodeId: 'i1', nodeName: 'new name', subject: 'ada' },
      ];
      for (const entry of entries) await append(store, entry, entry.subject ? 'service/p' : 'user/bob');
      await sql`update conductor_audit set at = sequence * 10`.execute(database.kysely);
      const found = async (filter: Partial<AuditFilter>) =>
        (await all(store, filter)).map(({ sequence }) => Number(sequence));
      expect(await found({ limit: 2 })).toEqual([1, 2]);
      expect(await found({ limit: 2, after: 2n })).toEqual([3, 4]);
      expect(await found({ limit: 3, oldestFirst: false })).toEqual([4, 3, 2]);
      expect(await found({ after: 2n, oldestFirst: false })).toEqual([1]);
      expect(await found({ node: 'n1' })).toEqual([1, 2]);
      expect(await found({ node: 'i1' })).toEqual([1, 2, 4]);
      expect(await found({ who: 'ada' })).toEqual([2, 4]);
      expect(await found({ who: 'user/bob', kind: 'node.created' })).toEqual([1, 3]);
      expect(await found({ since: 20, until: 40 })).toEqual([2, 3]);
    });

    test.each([
      ['a changed text', `update conductor_audit set subject = 'mallory' where sequence = 3`, 3n],
      ['a changed time', `update conductor_audit set at = at + 1 where sequence = 2`, 2n],
      ['a changed hash', `update conductor_audit set hash = previous_hash where sequence = 4`, 4n],
      ['an event taken out', `delete from conductor_audit where sequence = 2`, 2n],
      [
        'the first taken out and the rest renumbered',
        `delete from conductor_audit where sequence = 1;
         update conductor_audit set sequence = -sequence; update conductor_audit set sequence = -sequence - 1`,
        1n,
      ],
      [
        'two that have changed places',
        `update conductor_audit set sequence = 100 where sequence = 2;
         update conductor_audit set sequence = 2 where sequence = 3;
         update conductor_audit set sequence = 3 where sequence = 100`,
        2n,
      ],
    ])('shows %s', async (_what, tampering, sequence) => {
      const { store, database } = await open();
      await using _ = store;
      for (let i = 1; i <= 5; i++) await append(store, { kind: 'session.refused', subject: `s${i}` });
      expect(await brokenAt(store)).toBeUndefined();
      for (const statement of tampering.split(';')) await sql.raw(statement).execute(database.kysely);
      expect(await brokenAt(store)).toBe(sequence);
    });
  });
}
