import { createAuditCheck } from '@consolemesh/contracts';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendAuditEvent } from '../store/audit.ts';
import type { ConductorStore } from '../store/store.ts';
import { openTestStore } from '../testing/open-test-store.ts';
import { auditEventToWire } from '../wire/audit.ts';
import { pruneAudit, pruneBatch } from './prune-audit.ts';

const day = 24 * 3_600_000;

for (const { name, start } of testEngines) {
  describe(`the audit log with a retention on ${name}`, () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());

    /** A log with an event of each age, ms, in this order. */
    async function logOf(ages: readonly number[]) {
      const opened = await openTestStore(databases);
      const now = await opened.store.now();
      await opened.database.transaction(async (tx) => {
        for (const age of ages)
          await appendAuditEvent(tx, { now: now - age, actor: 'user/ada' }, { kind: 'node.changed' });
      });
      return opened;
    }

    async function all(store: ConductorStore) {
      return store.listAuditEvents({ oldestFirst: true, limit: 100_000 });
    }

    /** What is wrong with the chain, if anything is. */
    async function problem(store: ConductorStore): Promise<string | undefined> {
      const check = createAuditCheck();
      for (const event of await all(store)) {
        const found = check.add(auditEventToWire(event));
        if (found !== undefined) return found;
      }
      return check.end();
    }

    test('loses what is older in bounded writes, each with an event that says up to where, and stays verifiable', async () => {
      const count = pruneBatch * 2 + 100;
      const { store } = await logOf([...Array(count).fill(10 * day), day, 0]);
      await using _ = store;
      expect(await pruneAudit(store, 7 * day)).toBe(count);
      const events = await all(store);
      expect(events.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
        'node.changed user/ada',
        'node.changed user/ada',
        ...Array(3).fill('audit.pruned service/conductor'),
      ]);
      expect(events[0]!.sequence).toBe(BigInt(count + 1));
      expect(events.at(-1)!.fields).toEqual([
        expect.stringMatching(/^before=20\d\d-/),
        'events=100',
        `last_hash=${events[0]!.previousHash}`,
        `last_sequence=${count}`,
      ]);
      expect(await problem(store)).toBeUndefined();
      expect(await pruneAudit(store, 7 * day)).toBe(0);
      expect(await all(store)).toHaveLength(5);
    });

    test('is pruned once by two conductors that do it at the same time', async () => {
      const { store, url } = await logOf([...Array(pruneBatch + 500).fill(10 * day), 0]);
      await using _ = store;
      const { store: other } = await openTestStore(databases, url);
      await using _other = other;
      const gone = await Promise.all([pruneAudit(store, day), pruneAudit(other, day)]);
      expect(gone[0]! + gone[1]!).toBe(pruneBatch + 500);
      expect((await all(store)).filter(({ kind }) => kind === 'audit.pruned')).toHaveLength(2);
      expect(await problem(store)).toBeUndefined();
    });

    test('keeps what comes after an event that is young enough, whatever its time says', async () => {
      const { store } = await logOf([10 * day, day, 10 * day, 0]);
      await using _ = store;
      expect(await pruneAudit(store, 7 * day)).toBe(1);
      expect((await all(store)).map(({ sequence }) => sequence)).toEqual([2n, 3n, 4n, 5n]);
      expect(await problem(store)).toBeUndefined();
    });

    test('is not pruned for events that are just over the age, so that pruning does not feed itself', async () => {
      const { store } = await logOf([7.5 * day, 7 * day + 1, 0]);
      await using _ = store;
      expect(await pruneAudit(store, 7 * day)).toBe(0);
      expect(await all(store)).toHaveLength(3);
    });

    test('that holds nothing but old events keeps its newest one, and goes on from it', async () => {
      const { store } = await logOf([30 * day, 20 * day]);
      await using _ = store;
      expect(await pruneAudit(store, day)).toBe(2);
      expect((await all(store)).map(({ kind }) => kind)).toEqual(['audit.pruned', 'audit.pruned']);
      expect(await problem(store)).toBeUndefined();
    });

    test('shows a beginning that was cut off without such an event, also behind a pruned one', async () => {
      const { store, database } = await logOf([10 * day, 10 * day, 0, 0]);
      await using _ = store;
      await pruneAudit(store, day);
      expect(await problem(store)).toBeUndefined();
      await sql`delete from conductor_audit where sequence <= 3`.execute(database.kysely);
      expect(await problem(store)).toContain('events 1 to 3 are not there');
    });
  });
}
