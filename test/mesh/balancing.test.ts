import dns from 'node:dns';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { NodeServiceDefinition } from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { bind, connect, plaintext, serve, silentLogger, type Trust } from '@consolemesh/mesh';
import { ServerCredentials } from '@grpc/grpc-js';
import { createServer } from 'nice-grpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { eventually } from '../harness/eventually.ts';
import { startMesh } from '../harness/mesh.ts';
import { createUser } from '../harness/user.ts';
import {
  answerForNames,
  answering,
  list,
  quick,
  reasonOf,
  resolveTo,
  startInstance,
  startSeveral,
  untilAnswering,
} from './several-instances.ts';

beforeEach(answerForNames);
afterEach(() => vi.restoreAllMocks());

/** Credentials of a server that is none of ours. */
function serverCredentialsOf(trust: Trust): ServerCredentials {
  if (trust.kind !== 'mtls') throw new Error('without certificates');
  return ServerCredentials.createSsl(
    trust.ca,
    [{ private_key: trust.key, cert_chain: trust.certificate }],
    true,
  );
}

/** An instance that takes connections and never answers anything. */
async function startDeaf(address: string, port: number) {
  const sessions = new Set<ServerHttp2Session>();
  let streams = 0;
  const server = createHttp2Server().on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    streams += 1;
    stream.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
  return {
    streams: () => streams,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('calls to a name with several instances', { timeout: 60_000 }, () => {
  it('are spread over all of them', async () => {
    await using mesh = await startSeveral(3);
    await untilAnswering(mesh.connection, mesh.instances, [0, 1, 2]);
  });

  it('leave an instance out as soon as it says that it does not serve, and come back when it serves', async () => {
    await using mesh = await startSeveral(3);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1, 2]);
    instances[1]!.server.setServing(false);
    await untilAnswering(connection, instances, [0, 2]);
    const seen = instances[1]!.calls;
    expect(await answering(connection, instances, 60)).toEqual([0, 2]);
    expect(instances[1]!.calls).toBe(seen);
    instances[1]!.server.setServing(true);
    await untilAnswering(connection, instances, [0, 1, 2]);
  });

  it('do not fail while one instance after the other is drained', async () => {
    await using mesh = await startSeveral(3, true);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1, 2]);
    let over = false;
    const failures: string[] = [];
    const user = (async () => {
      while (!over) {
        const reason = await reasonOf(connection.client(TokenServiceDefinition).issueToken({}));
        if (reason !== 'OK') failures.push(reason);
      }
    })();
    await instances[0]!.server[Symbol.asyncDispose]();
    await instances[1]!.server[Symbol.asyncDispose]();
    await untilAnswering(connection, instances, [2]);
    over = true;
    await user;
    expect(failures).toEqual([]);
  });

  it('leave out an instance that takes connections and never answers', async () => {
    await using mesh = await startSeveral(2);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1]);
    await using deaf = await startDeaf('127.0.0.9', mesh.port);
    resolveTo(...instances.map(({ address }) => address), '127.0.0.9');
    await eventually(
      () => deaf.streams(),
      (streams) => streams > 1,
      { withinMs: 20_000 },
    );
    // Whatever has reached it is the question how it is, one at a time.
    expect(await answering(connection, instances, 30)).toEqual([0, 1]);
  });

  it('fail at once when none serves, and go on when one does', async () => {
    await using mesh = await startSeveral(2);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1]);
    for (const { server } of instances) server.setServing(false);
    const reason = await eventually(
      () => reasonOf(list(connection)),
      (one) => one !== 'OK',
      { withinMs: 20_000 },
    );
    expect(reason).toBe('UNAVAILABLE');
    const seen = instances.map(({ calls }) => calls);
    for (let n = 0; n < 5; n++) expect(await reasonOf(list(connection))).toBe('UNAVAILABLE');
    expect(instances.map(({ calls }) => calls)).toEqual(seen);
    instances[0]!.server.setServing(true);
    await untilAnswering(connection, instances, [0]);
  });

  it('reach an instance that came later, and not one whose address is gone', async () => {
    await using mesh = await startSeveral(1);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0]);
    await using late = await startInstance('127.0.0.8', mesh.port);
    const all = [...instances, late];
    resolveTo('127.0.0.2', '127.0.0.8');
    await untilAnswering(connection, all, [0, 1]);
    resolveTo('127.0.0.8');
    await untilAnswering(connection, all, [1]);
  });

  it('go on with the addresses that are known while the name cannot be resolved', async () => {
    await using mesh = await startSeveral(2);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1]);
    const before = vi.mocked(dns.promises.lookup).mock.calls.length;
    resolveTo();
    await eventually(
      () => vi.mocked(dns.promises.lookup).mock.calls.length,
      (calls) => calls > before + 2,
      { withinMs: 20_000 },
    );
    expect(await answering(connection, instances)).toEqual([0, 1]);
  });

  it('go to a list of addresses as to a name', async () => {
    await using one = await startInstance('127.0.0.1');
    await using other = await startInstance('127.0.0.1');
    using connection = connect(`ipv4:127.0.0.1:${one.port},127.0.0.1:${other.port}`, { trust: plaintext });
    await untilAnswering(connection, [one, other], [0, 1]);
    expect(() => connect('ipv4:127.0.0.1:1,192.0.2.1:1', { trust: plaintext })).toThrow('loopback only');
  });

  it('go to an instance that does not offer health, and that is asked over mTLS as it is called', async () => {
    await using authority = await createAuthority();
    await authority.issue('service/token', 'user/ada');
    const trust = authority.trust('service/token');
    const answer = { listTokens: async () => ({ tokens: [] }) };
    let silent = 0;
    const without = createServer();
    const counting = bind(TokenServiceDefinition, {
      listTokens: async () => {
        silent += 1;
        return { tokens: [] };
      },
    } as never);
    without.add(counting.definition, counting.implementation);
    const port = await without.listen('127.0.0.1:0', serverCredentialsOf(trust));
    await using first = await serve({
      listen: { host: '127.0.0.1', port: 0 },
      trust,
      logger: silentLogger,
      administrators: ['user/ada'],
      services: [bind(TokenServiceDefinition, answer as never)],
    });
    const target = `ipv4:127.0.0.1:${first.port},127.0.0.1:${port}`;
    using connection = connect(target, {
      trust: authority.trust('user/ada'),
      balancing: quick,
      retries: false,
    });
    await list(connection);
    await eventually(
      () => list(connection),
      () => silent > 0,
      { withinMs: 20_000 },
    );
    first.setServing(false);
    // All go to the one that says nothing of its health.
    await eventually(
      async () => {
        const before = silent;
        for (let n = 0; n < 6; n++) await list(connection);
        return silent - before;
      },
      (calls) => calls === 6,
      { withinMs: 20_000 },
    );
    connection[Symbol.dispose]();
    await without.shutdown();
  });

  it('go to the only instance whatever it says of its health', async () => {
    await using only = await startInstance('127.0.0.1');
    only.server.setServing(false);
    using connection = connect(only.server.target, { trust: plaintext });
    expect(await reasonOf(list(connection))).toBe('OK');
  });
});

it('a user who lists nodes does not see that a conductor dies, and another one answers', {
  timeout: 90_000,
}, async () => {
  vi.restoreAllMocks();
  await using mesh = await startMesh({ conductors: 2 });
  const target = `ipv4:${mesh.conductors.map(({ target: one }) => one.replace('dns:///', '')).join()}`;
  const nodes = mesh.connect(target).client(NodeServiceDefinition);
  for (let n = 0; n < 6; n++) await createUser(mesh).node(`listed-${n}`, {});
  const names: string[] = [];
  for (let pageToken = '', page = 0; ; page++) {
    const answer = await nodes.listNodes({ pageSize: 1, pageToken });
    names.push(...answer.nodes.map(({ name }) => name));
    if (page === 1) mesh.conductors[0]!.kill();
    if (page === 3) await mesh.conductors[0]!.restart();
    if (page === 4) mesh.conductors[1]!.kill();
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  expect(names).toEqual([0, 1, 2, 3, 4, 5].map((n) => `listed-${n}`));
});
