import { randomUUID } from 'node:crypto';
import { type TestDatabases, testEngines } from '@consolemesh/store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCredential } from './credential.ts';
import { openTokenStore } from './store/open-token-store.ts';
import type { TokenStore } from './store.ts';
import { begin, createManualClock, issue, type ManualClock, newToken, resume } from './testing.ts';

const hour = 3_600_000;
const forAnHour = { expiredMs: hour, revocationMs: hour };

for (const { name, start } of testEngines) {
  describe(`tokens on ${name}`, () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await start();
    });
    afterAll(() => databases[Symbol.asyncDispose]());

    const open = async (): Promise<TokenStore & { clock: ManualClock }> => {
      const clock = createManualClock();
      return Object.assign(await openTokenStore({ url: await databases.createDatabase(), clock }), { clock });
    };
    /** Two replicas on one database. */
    const openPair = async (): Promise<[TokenStore, TokenStore]> => {
      const url = await databases.createDatabase();
      return [await openTokenStore({ url }), await openTokenStore({ url })];
    };

    describeRedemption(open, openPair);
    describeTickets(open);
    describeRevocation(open, openPair);
    describeLists(open);
  });
}

type Open = () => Promise<TokenStore & { clock: ManualClock }>;
type OpenPair = () => Promise<[TokenStore, TokenStore]>;

function describeRedemption(open: Open, openPair: OpenPair): void {
  test('a token is redeemed as often as wanted, a session each, and every redemption is counted', async () => {
    await using store = await open();
    const token = await issue(store, { generation: 2n ** 53n + 1n, role: 'view' });
    const one = await begin(store, token.hash);
    const two = await begin(store, token.hash);
    expect(one.sessionId).not.toBe(two.sessionId);
    expect(one).toMatchObject({ generation: 2n ** 53n + 1n, role: 'view', tokenId: token.tokenId });
    expect(one.expiresAt).toBe(store.clock() + 8 * hour);
    expect(await store.list({ limit: 10 })).toMatchObject([{ tokenId: token.tokenId, redemptions: 2 }]);
  });

  test('a token is good to the last millisecond and expired at the next', async () => {
    await using store = await open();
    const token = await issue(store, { ttlMs: 1_000 });
    store.clock.pass(999);
    await begin(store, token.hash);
    store.clock.pass(1);
    await expect(begin(store, token.hash)).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' });
  });

  test('a token that nobody issued is invalid, and so is one that was forgotten long after its end', async () => {
    await using store = await open();
    const token = await issue(store, { ttlMs: 1_000 });
    await expect(begin(store, createCredential().hash)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
    store.clock.pass(1_000 + hour);
    await store.reap(forAnHour, 10);
    await expect(begin(store, token.hash)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  test('the wrong kind of proxy is refused and does not spend a single-use token', async () => {
    await using store = await open();
    const token = await issue(store, { kind: 'serial', singleUse: true });
    await expect(begin(store, token.hash)).rejects.toMatchObject({ reason: 'TOKEN_WRONG_KIND' });
    expect(await store.list({ limit: 1 })).toMatchObject([{ redemptions: 0 }]);
  });

  test('of 24 redemptions of a single-use token at once, by two replicas, exactly one wins', async () => {
    const [one, two] = await openPair();
    await using _one = one;
    await using _two = two;
    const token = await issue(one, { singleUse: true });
    const all = await Promise.allSettled(
      Array.from({ length: 24 }, (_, i) => begin(i % 2 ? one : two, token.hash)),
    );
    const lost = all.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
    expect(lost).toEqual(Array.from({ length: 23 }, () => 'TOKEN_USED'));
    expect(await one.list({ limit: 10 })).toEqual([]);
  });
}

function describeTickets(open: Open): void {
  test('a ticket carries the same session on, and dies as soon as its successor is used', async () => {
    await using store = await open();
    const first = createCredential().hash;
    const session = await begin(store, (await issue(store)).hash, first);
    const second = await resume(store, first);
    const third = await resume(store, second.ticket);
    expect(third.session).toMatchObject({ sessionId: session.sessionId, role: 'control', generation: 1n });
    expect(third.session.expiresAt).toBe(session.expiresAt);
    await expect(resume(store, first)).rejects.toMatchObject({ reason: 'RESUME_INVALID' });
    await resume(store, third.ticket);
  });

  test('after a lost answer the used ticket is good again, and the successor that nobody has is not', async () => {
    await using store = await open();
    const first = createCredential().hash;
    await begin(store, (await issue(store)).hash, first);
    const lost = await resume(store, first);
    store.clock.pass(59_999);
    const again = await resume(store, first);
    await expect(resume(store, lost.ticket)).rejects.toMatchObject({ reason: 'RESUME_INVALID' });
    store.clock.pass(1);
    await expect(resume(store, first)).rejects.toMatchObject({ reason: 'RESUME_INVALID' });
    await resume(store, again.ticket);
  });

  test('ten resumptions with one ticket at once all carry the same session on, and one ticket is left', async () => {
    await using store = await open();
    const first = createCredential().hash;
    const { sessionId } = await begin(store, (await issue(store)).hash, first);
    const all = await Promise.all(Array.from({ length: 10 }, () => resume(store, first)));
    expect(new Set(all.map(({ session }) => session.sessionId))).toEqual(new Set([sessionId]));
    const left = await Promise.allSettled(all.map(({ ticket }) => resume(store, ticket)));
    expect(left.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a session outlives its token and ends at its own time', async () => {
    await using store = await open();
    let ticket = createCredential().hash;
    await begin(store, (await issue(store)).hash, ticket);
    store.clock.pass(8 * hour - 1);
    ({ ticket } = await resume(store, ticket));
    store.clock.pass(1);
    await expect(resume(store, ticket)).rejects.toMatchObject({ reason: 'SESSION_EXPIRED' });
  });

  test('a token is no ticket and a ticket is no token', async () => {
    await using store = await open();
    const ticket = createCredential().hash;
    const token = await issue(store);
    await begin(store, token.hash, ticket);
    await expect(resume(store, token.hash)).rejects.toMatchObject({ reason: 'RESUME_INVALID' });
    await expect(begin(store, ticket)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });
}

function describeRevocation(open: Open, openPair: OpenPair): void {
  test('each selector ends its tokens and their sessions, and nothing else', async () => {
    await using store = await open();
    const ada = await issue(store, { subject: 'ada' });
    const bob = await issue(store, { subject: 'bob', consoleId: ada.consoleId });
    const ticket = createCredential().hash;
    await begin(store, ada.hash, ticket);
    expect(await store.revoke({ by: 'subject', value: 'ada' }, 'Bye.', 'user/ada')).toEqual({
      revoked: 1,
      revision: 1n,
    });
    await expect(begin(store, ada.hash)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
    await expect(resume(store, ticket)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
    await begin(store, bob.hash);
    const later = await issue(store, { subject: 'ada' });
    await begin(store, later.hash);
    expect(await store.revoke({ by: 'consoleId', value: ada.consoleId }, '', 'user/ada')).toMatchObject({
      revoked: 1,
    });
    await expect(begin(store, bob.hash)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
    expect(await store.revoke({ by: 'tokenId', value: later.tokenId }, '', 'user/ada')).toMatchObject({
      revoked: 1,
    });
    await expect(begin(store, later.hash)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
  });

  test('one session is ended and its token still begins others', async () => {
    await using store = await open();
    const token = await issue(store);
    const [mine, other] = [createCredential().hash, createCredential().hash];
    const { sessionId } = await begin(store, token.hash, mine);
    await begin(store, token.hash, other);
    expect(await store.revoke({ by: 'sessionId', value: sessionId }, '', 'user/ada')).toMatchObject({
      revoked: 1,
    });
    await expect(resume(store, mine)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
    await resume(store, other);
    await begin(store, token.hash);
  });

  test('a session of an expired token is ended by the name of the token', async () => {
    await using store = await open();
    const token = await issue(store, { ttlMs: 1_000 });
    const ticket = createCredential().hash;
    await begin(store, token.hash, ticket);
    store.clock.pass(1_000 + hour);
    await store.reap(forAnHour, 10);
    expect(await store.revoke({ by: 'tokenId', value: token.tokenId }, '', 'user/ada')).toMatchObject({
      revoked: 0,
    });
    await expect(resume(store, ticket)).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
  });

  test('a token or session that nobody remembers is not found, and takes no revision', async () => {
    await using store = await open();
    const nobody = randomUUID();
    const byToken = store.revoke({ by: 'tokenId', value: nobody }, '', 'user/ada');
    await expect(byToken).rejects.toMatchObject({ reason: 'TOKEN_NOT_FOUND' });
    const bySession = store.revoke({ by: 'sessionId', value: nobody }, '', 'user/ada');
    await expect(bySession).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
    expect(await store.newestRevision()).toBe(0n);
    expect(await store.revoke({ by: 'subject', value: nobody }, '', 'user/ada')).toEqual({
      revoked: 0,
      revision: 1n,
    });
  });

  test('a reader that goes on from the last revision it saw never misses one, with two replicas writing', async () => {
    const [one, two] = await openPair();
    await using _one = one;
    await using _two = two;
    const writes = 60;
    const write = async (store: TokenStore, count: number) => {
      for (let i = 0; i < count; i++) await store.revoke({ by: 'subject', value: `s${i}` }, '', 'user/ada');
    };
    const writing = Promise.all([
      write(one, writes / 4),
      write(one, writes / 4),
      write(two, writes / 4),
      write(two, writes / 4),
    ]);
    const seen: bigint[] = [];
    while (seen.length < writes) {
      for (const { revision } of await two.readRevocations(seen.at(-1) ?? 0n, 7)) seen.push(revision);
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: writes }, (_, i) => BigInt(i + 1)));
    expect(await one.newestRevision()).toBe(BigInt(writes));
  });

  test('no session survives a revocation that runs beside its redemption', async () => {
    const [one, two] = await openPair();
    await using _one = one;
    await using _two = two;
    for (let round = 0; round < 12; round++) {
      const token = await issue(one);
      const ticket = createCredential().hash;
      const [begun] = await Promise.allSettled([
        begin(one, token.hash, ticket),
        two.revoke({ by: 'consoleId', value: token.consoleId }, '', 'user/ada'),
      ]);
      if (begun.status === 'rejected') expect(begun.reason).toMatchObject({ reason: 'TOKEN_REVOKED' });
      const reason = begun.status === 'rejected' ? 'RESUME_INVALID' : 'TOKEN_REVOKED';
      await expect(resume(two, ticket)).rejects.toMatchObject({ reason });
    }
  });
}

function describeLists(open: Open): void {
  test('pages of tokens meet without a gap or an overlap, newest first, also when many share a time', async () => {
    await using store = await open();
    const ids: string[] = [];
    for (let i = 0; i < 11; i++) {
      ids.push((await issue(store)).tokenId);
      if (i % 4 === 3) store.clock.pass(1);
    }
    const listed: { issuedAt: number; tokenId: string }[] = [];
    for (;;) {
      const after = listed.at(-1);
      const page = await store.list({ limit: 3, ...(after ? { after } : {}) });
      if (page.length === 0) break;
      listed.push(...page);
    }
    expect(listed.map(({ tokenId }) => tokenId).sort()).toEqual([...ids].sort());
    expect(listed.map(({ issuedAt }) => issuedAt)).toEqual(
      listed.map(({ issuedAt }) => issuedAt).sort((a, b) => b - a),
    );
  });

  test('only tokens that can be redeemed are listed, by console and by subject', async () => {
    await using store = await open();
    const ada = await issue(store, { subject: 'ada' });
    const used = await issue(store, { subject: 'ada', singleUse: true });
    await begin(store, used.hash);
    await issue(store, { subject: 'ada', ttlMs: 1 });
    const revoked = await issue(store, { subject: 'bob', consoleId: ada.consoleId });
    await store.revoke({ by: 'tokenId', value: revoked.tokenId }, '', 'user/ada');
    store.clock.pass(1);
    expect((await store.list({ limit: 9, subject: 'ada' })).map((t) => t.tokenId)).toEqual([ada.tokenId]);
    expect((await store.list({ limit: 9, consoleId: ada.consoleId })).map((t) => t.tokenId)).toEqual([
      ada.tokenId,
    ]);
    expect(await store.list({ limit: 9, subject: 'bob' })).toEqual([]);
  });

  test('grant keys are known until they expire and live longer when prolonged', async () => {
    await using store = await open();
    const key = Buffer.from('a public key');
    expect(await store.putGrantKey('k1', key, 1_000)).toBe(store.clock() + 1_000);
    await store.putGrantKey('k2', key, 500);
    store.clock.pass(500);
    expect(await store.listGrantKeys()).toEqual([
      { keyId: 'k1', publicKey: key, expiresAt: store.clock() + 500 },
    ]);
    await store.putGrantKey('k1', key, 1_000);
    store.clock.pass(999);
    expect(await store.listGrantKeys()).toHaveLength(1);
  });

  test('the reaper takes what is over in batches and leaves the living', async () => {
    await using store = await open();
    for (let i = 0; i < 5; i++) await begin(store, (await issue(store, { ttlMs: 1_000 })).hash);
    await store.revoke({ by: 'subject', value: 'nobody' }, '', 'user/ada');
    await store.putGrantKey('old', Buffer.from('k'), 1_000);
    store.clock.pass(9 * hour);
    const alive = await store.issue(newToken());
    await store.revoke({ by: 'subject', value: 'nobody' }, '', 'user/ada');
    const passes: number[] = [];
    for (let left = 1; left > 0; passes.push(left)) left = await store.reap(forAnHour, 2);
    // By pass: tokens 2, 2, 1; sessions 2, 2, 1; one revocation and one key in the first.
    expect(passes).toEqual([6, 4, 2, 0]);
    expect(await store.list({ limit: 9 })).toMatchObject([{ tokenId: alive.tokenId }]);
    expect(await store.readRevocations(0n, 9)).toMatchObject([
      { revision: 2n, actor: 'user/ada', revoked: 0, revokedAt: store.clock() },
    ]);
    expect(await store.newestRevision()).toBe(2n);
  });
}
