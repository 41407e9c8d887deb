import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { connect, plaintext, silentLogger, verifyGrant } from '@consolemesh/mesh';
import { type PostgresServer, startPostgres } from '@consolemesh/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTokenService } from './index.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const startReplica = async (databaseUrl: string) => {
  const service = await startTokenService({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    databaseUrl,
  });
  const connection = connect(service.target, { trust: plaintext });
  return {
    client: connection.client(TokenServiceDefinition),
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await service[Symbol.asyncDispose]();
    },
  };
};

const issueRequest = {
  key: { consoleId: 'c1', generation: 1n },
  kind: ConsoleKind.GRAPHICAL,
  role: Role.CONTROL,
  subject: 'ada',
};
const redeemRequest = (value: string) => ({
  credential: { $case: 'token', value } as const,
  proxyId: 'p1',
  kind: ConsoleKind.GRAPHICAL,
});

test('any replica redeems what another issued, and any answers for the keys of all', async () => {
  const url = await postgres.createDatabase();
  await using one = await startReplica(url);
  await using two = await startReplica(url);
  const { token } = await one.client.issueToken(issueRequest);
  const { grant } = await two.client.redeemToken(redeemRequest(token));
  const { keys } = await one.client.listGrantKeys({});
  expect(keys).toHaveLength(2);
  const key = keys.find(({ keyId }) => keyId === grant!.keyId)!;
  expect(verifyGrant(grant!, key.publicKey, 'p1', Date.now()).subject).toBe('ada');
});

test('a watcher at one replica hears every revocation of both, in the order of their revisions', async () => {
  const url = await postgres.createDatabase();
  await using one = await startReplica(url);
  await using two = await startReplica(url);
  const count = 40;
  const heard: bigint[] = [];
  let listening: Promise<void> | undefined;
  await new Promise<void>((begun) => {
    listening = (async () => {
      for await (const { notice } of one.client.watchRevocations({ afterRevision: 0n })) {
        if (notice?.$case === 'heartbeat') begun();
        if (notice?.$case === 'revocation') heard.push(notice.value.revision);
        if (heard.length === count) return;
      }
    })();
  });
  const revoke = async ({ client }: typeof one, n: number) => {
    for (let i = 0; i < n; i++) await client.revokeTokens({ selector: { $case: 'subject', value: `s${i}` } });
  };
  await Promise.all([
    revoke(one, count / 4),
    revoke(two, count / 4),
    revoke(one, count / 4),
    revoke(two, count / 4),
  ]);
  await listening;
  expect(heard).toEqual(Array.from({ length: count }, (_, i) => BigInt(i + 1)));
});

test('without the database calls fail with STORE_UNAVAILABLE, a watcher is told, and all works again afterwards', async () => {
  const url = await postgres.createDatabase();
  await using one = await startReplica(url);
  const { token } = await one.client.issueToken(issueRequest);
  const watching = (async () => {
    for await (const _ of one.client.watchRevocations({}));
  })();
  const told = expect(watching).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  await postgres.stop();
  await expect(one.client.redeemToken(redeemRequest(token))).rejects.toMatchObject({
    reason: 'STORE_UNAVAILABLE',
  });
  await told;
  await postgres.start();
  expect((await one.client.redeemToken(redeemRequest(token))).contents?.subject).toBe('ada');
});
