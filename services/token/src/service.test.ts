import { randomUUID } from 'node:crypto';
import {
  type RedeemTokenRequest,
  type RevocationHeartbeat,
  TokenServiceDefinition,
  type WatchRevocationsResponse,
} from '@consolemesh/contracts/token';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { connect, fromTimestamp, plaintext, silentLogger, toDuration, verifyGrant } from '@consolemesh/mesh';
import { describe, expect, test } from 'vitest';
import { startTokenService, type TokenServiceOptions } from './index.ts';
import { createManualClock } from './testing.ts';

const start = async (options: Partial<TokenServiceOptions> = {}) => {
  const clock = createManualClock();
  const service = await startTokenService({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    databaseUrl: 'sqlite::memory:',
    clock,
    ...options,
  });
  const connection = connect(service.target, { trust: plaintext });
  const client = connection.client(TokenServiceDefinition);
  const issue = (more: object = {}) => client.issueToken({ ...issueRequest(), ...more });
  const redeem = (credential: NonNullable<RedeemTokenRequest['credential']>, proxyId = 'proxy-1') =>
    client.redeemToken({ credential, proxyId, kind: ConsoleKind.GRAPHICAL });
  return {
    client,
    clock,
    issue,
    redeem,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await service[Symbol.asyncDispose]();
    },
  };
};

const issueRequest = () => ({
  key: { consoleId: randomUUID(), generation: 7n },
  kind: ConsoleKind.GRAPHICAL,
  role: Role.CONTROL,
  subject: 'user/ada',
});
const token = (value: string) => ({ $case: 'token', value }) as const;
const ticket = (value: string) => ({ $case: 'resumeTicket', value }) as const;

describe('issuing', () => {
  test('says when the token ends: after ten minutes, or when its issuer asked for', async () => {
    await using service = await start();
    const usual = await service.issue();
    expect(usual.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(fromTimestamp(usual.expiresAt!)).toBe(service.clock() + 600_000);
    const short = await service.issue({ ttl: toDuration(5_000) });
    expect(fromTimestamp(short.expiresAt!)).toBe(service.clock() + 5_000);
  });

  test('reports every mistake of a request at once', async () => {
    await using service = await start();
    const wrong = { key: { consoleId: '', generation: 0n }, subject: 'x'.repeat(257), kind: 0, role: 9 };
    const error = await service.issue({ ...wrong, ttl: toDuration(48 * 3_600_000) }).catch((e) => e);
    expect(error.reason).toBe('INVALID_ARGUMENT');
    const fields = error.violations.map(({ field }: { field: string }) => field);
    expect(fields).toEqual(['key.console_id', 'subject', 'key.generation', 'kind', 'role', 'ttl']);
  });

  test('never lists a secret', async () => {
    await using service = await start();
    const issued = await service.issue();
    const { tokens } = await service.client.listTokens({});
    expect(tokens).toMatchObject([{ tokenId: issued.tokenId, key: { generation: 7n }, redemptions: 0 }]);
    expect(JSON.stringify(tokens, (_, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toContain(
      issued.token,
    );
  });

  test('lists page by page', async () => {
    await using service = await start();
    for (let i = 0; i < 5; i++) await service.issue();
    const first = await service.client.listTokens({ pageSize: 3 });
    const second = await service.client.listTokens({ pageSize: 3, pageToken: first.nextPageToken });
    expect([first.tokens.length, second.tokens.length, second.nextPageToken]).toEqual([3, 2, '']);
    expect(new Set([...first.tokens, ...second.tokens].map((t) => t.tokenId)).size).toBe(5);
  });
});

describe('redeeming', () => {
  test('gives a grant that one proxy can show for a minute, signed with a published key', async () => {
    await using service = await start();
    const issued = await service.issue({ role: Role.VIEW });
    const { grant, contents, sessionExpiresAt } = await service.redeem(token(issued.token));
    const { keys } = await service.client.listGrantKeys({});
    const key = keys.find(({ keyId }) => keyId === grant!.keyId)!;
    const verified = verifyGrant(grant!, key.publicKey, 'proxy-1', service.clock());
    expect(verified).toEqual(contents);
    expect(verified).toMatchObject({ role: Role.VIEW, subject: 'user/ada', tokenId: issued.tokenId });
    expect(fromTimestamp(verified.expiresAt!)).toBe(service.clock() + 60_000);
    expect(fromTimestamp(sessionExpiresAt!)).toBe(service.clock() + 8 * 3_600_000);
    expect(() => verifyGrant(grant!, key.publicKey, 'proxy-2', service.clock())).toThrow(
      expect.objectContaining({ reason: 'GRANT_INVALID' }),
    );
  });

  test('with a ticket gives the same session at any proxy, long after the token has expired', async () => {
    await using service = await start();
    const issued = await service.issue();
    const first = await service.redeem(token(issued.token));
    service.clock.pass(3 * 3_600_000);
    await expect(service.redeem(token(issued.token))).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' });
    const again = await service.redeem(ticket(first.resumeTicket), 'proxy-2');
    expect(again.contents).toMatchObject({ sessionId: first.contents!.sessionId, proxyId: 'proxy-2' });
    expect(again.sessionExpiresAt).toEqual(first.sessionExpiresAt);
    // The clock has passed the published life of the key; a grant must not outlive its key.
    const { keys } = await service.client.listGrantKeys({});
    expect(keys.map(({ keyId }) => keyId)).toContain(again.grant!.keyId);
  });

  test('refuses what is malformed, cut, too long or foreign like any other guess', async () => {
    await using service = await start();
    const { token: text } = await service.issue();
    for (const wrong of ['', 'x', text.slice(1), `${text}A`, 'ä😀\0', 'A'.repeat(100_000), 'A'.repeat(43)]) {
      await expect(service.redeem(token(wrong))).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
      await expect(service.redeem(ticket(wrong))).rejects.toMatchObject({ reason: 'RESUME_INVALID' });
    }
    await service.redeem(token(text));
  });

  test('needs a proxy, a kind and a credential', async () => {
    await using service = await start();
    await expect(service.client.redeemToken({})).rejects.toMatchObject({
      violations: [{ field: 'proxy_id' }, { field: 'kind' }, { field: 'credential' }],
    });
  });
});

describe('revoking', () => {
  test('is heard by whoever watches, in order, with the sentence for the user', async () => {
    await using service = await start();
    const issued = await service.issue();
    using watch = follow(service.client.watchRevocations({}));
    expect(await watch.next()).toEqual({ revision: 0n });
    const message = 'Maintenance begins.';
    const selector = { $case: 'tokenId', value: issued.tokenId } as const;
    expect(await service.client.revokeTokens({ selector, message })).toEqual({ revoked: 1, revision: 1n });
    await service.client.revokeTokens({ selector: { $case: 'subject', value: 'bob' } });
    const heard = [await watch.nextRevocation(), await watch.nextRevocation()];
    expect(heard).toMatchObject([
      { revision: 1n, tokenId: issued.tokenId, subject: '', message, actor: 'local', revoked: 1 },
      { revision: 2n, tokenId: '', subject: 'bob', message: expect.stringMatching(/revoked/), revoked: 0 },
    ]);
    expect(heard[0]!.revokedAt).toBeDefined();
    await expect(service.redeem(token(issued.token))).rejects.toMatchObject({ reason: 'TOKEN_REVOKED' });
  });

  test('is heard later by who was away, from the revision after the last one seen', async () => {
    await using service = await start();
    for (const value of ['a', 'b', 'c']) {
      await service.client.revokeTokens({ selector: { $case: 'subject', value } });
    }
    using watch = follow(service.client.watchRevocations({ afterRevision: 1n }));
    expect([await watch.nextRevocation(), await watch.nextRevocation()]).toMatchObject([
      { revision: 2n, subject: 'b' },
      { revision: 3n, subject: 'c' },
    ]);
    expect(await watch.next()).toEqual({ revision: 3n });
    using first = follow(service.client.watchRevocations({ fromStart: true }));
    expect(await first.nextRevocation()).toMatchObject({ revision: 1n, subject: 'a' });
    // A revision of another database: everything that is kept.
    using lost = follow(service.client.watchRevocations({ afterRevision: 99n }));
    expect(await lost.nextRevocation()).toMatchObject({ revision: 1n });
  });

  test('says what is missing when nothing is selected', async () => {
    await using service = await start();
    await expect(service.client.revokeTokens({})).rejects.toMatchObject({ reason: 'FIELD_REQUIRED' });
    const nobody = { $case: 'tokenId', value: randomUUID() } as const;
    await expect(service.client.revokeTokens({ selector: nobody })).rejects.toMatchObject({
      reason: 'TOKEN_NOT_FOUND',
    });
  });
});

/** Reads a stream notice by notice and ends it when disposed. */
function follow(stream: AsyncIterable<WatchRevocationsResponse>) {
  const notices = stream[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await notices.next();
    if (done) throw new Error('the stream ended');
    return value.notice!.value;
  };
  return {
    next: next as () => Promise<RevocationHeartbeat>,
    async nextRevocation() {
      for (;;) {
        const notice = await next();
        if ('message' in notice) return notice;
      }
    },
    [Symbol.dispose]: () => void notices.return?.(),
  };
}
