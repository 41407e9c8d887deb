import { silentLogger } from '@consolemesh/mesh';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newConsole } from '../domain/console.ts';
import { aNode } from '../domain/testing.ts';
import { systemScheduler } from '../scheduler.ts';
import type { ConductorStore } from '../store/store.ts';
import { openTestStore } from '../testing/open-test-store.ts';
import type { Revocation, RevocationNotice } from '../token/token-port.ts';
import { createFailureLog } from './failure-log.ts';
import { recordRevocations } from './record-revocations.ts';

const revocation = (n: number, change: Partial<Revocation> = {}): Revocation => ({
  revision: BigInt(n),
  selector: { by: 'subject', value: `s${n}` },
  actor: `user/u${n}`,
  revoked: n,
  revokedAt: Date.UTC(2030, 0, 1) + n,
  ...change,
});

/** The watch of a token service that keeps these revocations, and hears of more. */
function createFeed(...kept: Revocation[]) {
  const wakes = new Set<() => void>();
  const feed = {
    kept,
    newest: BigInt(kept.at(-1)?.revision ?? 0n),
    askedFrom: [] as bigint[],
    push(...more: Revocation[]) {
      feed.kept.push(...more);
      feed.newest = more.at(-1)!.revision;
      for (const wake of wakes) wake();
    },
    async *watchRevocations(after: bigint, signal: AbortSignal): AsyncGenerator<RevocationNotice> {
      feed.askedFrom.push(after);
      let told = after > feed.newest ? 0n : after;
      while (!signal.aborted) {
        for (const one of [...feed.kept]) {
          if (one.revision <= told) continue;
          told = one.revision;
          yield { kind: 'revocation', revocation: one };
        }
        told = feed.newest;
        yield { kind: 'quiet', revision: told };
        if (told < feed.newest || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wakes.add(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  };
  return feed;
}

for (const { name, start } of testEngines) {
  describe(`revocations in the audit log on ${name}`, () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());

    const record = (store: ConductorStore, token: ReturnType<typeof createFeed>) =>
      recordRevocations({
        store,
        token,
        scheduler: systemScheduler,
        failures: createFailureLog(silentLogger),
      });
    const told = async (store: ConductorStore) =>
      (await store.listAuditEvents({ oldestFirst: true, limit: 1_000 })).map(
        ({ kind, actor, subject, fields }) => [kind, actor, subject, ...fields].join(' '),
      );
    const cursor = (store: ConductorStore) => store.findCursor('revocations');
    const line = (n: number) =>
      `token.revoked user/u${n} s${n} at=${new Date(Date.UTC(2030, 0, 1) + n).toISOString()} revision=${n} revoked=${n}`;

    test('stand there once each, in their order and by who made them, however many conductors follow', async () => {
      const { store, url } = await openTestStore(databases);
      await using _ = store;
      const { store: other } = await openTestStore(databases, url);
      await using _other = other;
      const feed = createFeed(revocation(1), revocation(2));
      const wanted = Array.from({ length: 40 }, (_, i) => line(i + 1));
      {
        await using _one = record(store, feed);
        await using _two = record(other, feed);
        await using _three = record(other, feed);
        for (let n = 3; n <= 40; n++) feed.push(revocation(n));
        await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(40n);
      }
      expect(await told(store)).toEqual(wanted);
      // A conductor that was away goes on where the log ends.
      feed.push(revocation(41));
      await using _again = record(store, feed);
      await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(41n);
      expect(feed.askedFrom.at(-1)).toBe(40n);
      expect(await told(store)).toEqual([...wanted, line(41)]);
    });

    test('that are not kept any more stand there as a gap, at the beginning of what is kept and at its end', async () => {
      const { store } = await openTestStore(databases);
      await using _ = store;
      const feed = createFeed(revocation(3));
      {
        await using _one = record(store, feed);
        await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(3n);
      }
      // Who follows for the first time has missed nothing that was to be written down.
      expect(await told(store)).toEqual([line(3)]);
      feed.kept.length = 0;
      feed.push(revocation(6));
      {
        await using _two = record(store, feed);
        await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(6n);
      }
      feed.kept.length = 0;
      feed.newest = 9n;
      await using _three = record(store, feed);
      await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(9n);
      expect(await told(store)).toEqual([
        line(3),
        'audit.gap service/conductor  revocations=4-5',
        line(6),
        'audit.gap service/conductor  revocations=7-9',
      ]);
    });

    test('of a token service with another history are told from its start, after a gap', async () => {
      const { store } = await openTestStore(databases);
      await using _ = store;
      {
        await using _one = record(store, createFeed(revocation(7)));
        await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(7n);
      }
      await using _two = record(store, createFeed(revocation(1), revocation(2)));
      await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(2n);
      expect(await told(store)).toEqual([
        line(7),
        'audit.gap service/conductor  newest=2 seen=7',
        line(1),
        line(2),
      ]);
    });

    test('say which token, console or session they mean; one from before this was kept is by nobody that is known', async () => {
      const { store } = await openTestStore(databases);
      await using _ = store;
      await store.write((unit) => unit.insertNode(aNode(), [newConsole('c1', aNode(), 'serial')]));
      await using _one = record(
        store,
        createFeed(
          revocation(1, { selector: { by: 'tokenId', value: 't1' }, actor: '' }),
          revocation(2, { selector: { by: 'sessionId', value: 'x1' } }),
          revocation(3, { selector: { by: 'consoleId', value: 'c1' } }),
          revocation(4, { selector: { by: 'consoleId', value: 'gone' } }),
        ),
      );
      await expect.poll(() => cursor(store), { timeout: 15_000 }).toBe(4n);
      expect(await store.listAuditEvents({ oldestFirst: true, limit: 9 })).toMatchObject([
        { tokenId: 't1', actor: 'unknown' },
        { sessionId: 'x1', actor: 'user/u2' },
        { consoleId: 'c1', consoleKind: 'serial', nodeId: 'node-1', nodeName: 'n1' },
        { consoleId: 'gone', nodeName: '' },
      ]);
    });
  });
}
