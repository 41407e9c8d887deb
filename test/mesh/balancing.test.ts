import dns from 'node:dns';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { InventoryServiceDefinition, NodeServiceDefinition } from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import {
  bind,
  type Connection,
  connect,
  type MeshServer,
  plaintext,
  serve,
  silentLogger,
  type Trust,
} from '@consolemesh/mesh';
import { ServerCredentials } from '@grpc/grpc-js';
import { createServer } from 'nice-grpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthority } from '../harness/certificates.ts';
import { eventually } from '../harness/eventually.ts';
import { startMesh } from '../harness/mesh.ts';
import { createUser } from '../harness/user.ts';

const quick = { resolveMs: 50, answerMs: 300, pauseMs: [20, 100] as [number, number] };

/** Addresses of the name `localhost`, as the tests tell them. */
let addresses: string[];

beforeEach(() => {
  addresses = [];
  const lookup = async () => {
    if (addresses.length === 0) throw new Error('ENOTFOUND');
    return addresses.map((address) => ({ address, family: 4 }));
  };
  vi.spyOn(dns.promises, 'lookup').mockImplementation(lookup as never);
});
afterEach(() => vi.restoreAllMocks());

/** One of several instances of a service, each at an address of its own and all at one port. */
interface Instance extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly server: MeshServer;
  /** Calls that its handlers have seen. */
  calls: number;
  /** What its handlers do instead of answering. */
  trouble: ((signal: AbortSignal) => Promise<never>) | undefined;
}

async function startInstance(address: string, port = 0): Promise<Instance> {
  const handle = async (_: object, { signal }: { signal: AbortSignal }) => {
    instance.calls += 1;
    await instance.trouble?.(signal);
    return { tokens: [], drivers: [], token: 'one', tokenId: 'one' } as never;
  };
  const server = await serve({
    listen: { host: address, port },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 5_000,
    services: [
      bind(TokenServiceDefinition, { listTokens: handle, issueToken: handle } as never),
      bind(InventoryServiceDefinition, { listDrivers: handle } as never),
    ],
  });
  const instance: Instance = {
    ...{ address, port: server.port, server, calls: 0, trouble: undefined },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return instance;
}

/** Instances at 127.0.0.2, 127.0.0.3, … behind the name, and a channel to it. */
async function startSeveral(count: number, retries = false) {
  const stack: AsyncDisposable[] = [];
  const first = await startInstance('127.0.0.2');
  const instances = [first];
  for (let n = 1; n < count; n++) instances.push(await startInstance(`127.0.0.${2 + n}`, first.port));
  addresses = instances.map(({ address }) => address);
  const connection = connect(`dns:///localhost:${first.port}`, {
    trust: plaintext,
    balancing: quick,
    retries,
  });
  stack.push(...instances);
  return {
    instances,
    connection,
    port: first.port,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await Promise.all(stack.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

const list = (connection: Connection) => connection.client(TokenServiceDefinition).listTokens({});

/** Which instances answered so many calls, by their place. */
async function answering(
  connection: Connection,
  instances: readonly Instance[],
  calls = 12,
): Promise<number[]> {
  const before = instances.map((one) => one.calls);
  for (let n = 0; n < calls; n++) await list(connection);
  return instances.flatMap((one, place) => (one.calls > before[place]! ? [place] : []));
}

/** Waits until exactly these answer. */
async function untilAnswering(
  connection: Connection,
  instances: readonly Instance[],
  wanted: readonly number[],
) {
  const found = () => answering(connection, instances).catch(() => undefined);
  await eventually(found, (places) => `${places}` === `${wanted}`, { withinMs: 20_000 });
}

/** Credentials of a server that is none of ours. */
function serverCredentialsOf(trust: Trust): ServerCredentials {
  if (trust.kind !== 'mtls') throw new Error('without certificates');
  return ServerCredentials.createSsl(
    trust.ca,
    [{ private_key: trust.key, cert_chain: trust.certificate }],
    true,
  );
}

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'OK',
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );

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
    addresses = [...addresses, '127.0.0.9'];
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
    addresses = ['127.0.0.2', '127.0.0.8'];
    await untilAnswering(connection, all, [0, 1]);
    addresses = ['127.0.0.8'];
    await untilAnswering(connection, all, [1]);
  });

  it('go on with the addresses that are known while the name cannot be resolved', async () => {
    await using mesh = await startSeveral(2);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1]);
    const before = vi.mocked(dns.promises.lookup).mock.calls.length;
    addresses = [];
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

describe('a call that failed', { timeout: 60_000 }, () => {
  const unavailable =
    (reason: 'UNAVAILABLE' | 'BMC_BUSY' | 'RATE_LIMITED' | 'UNAUTHENTICATED') => async () => {
      throw new MeshError(reason);
    };

  it('is made again elsewhere, without the caller seeing it, when it only reads', async () => {
    await using mesh = await startSeveral(2, true);
    const { connection, instances } = mesh;
    await untilAnswering(connection, instances, [0, 1]);
    instances[0]!.trouble = unavailable('UNAVAILABLE');
    for (let n = 0; n < 4; n++) await list(connection);
  });

  it('is not made twice when it changes something and may have been processed', async () => {
    await using only = await startInstance('127.0.0.1');
    only.trouble = unavailable('UNAVAILABLE');
    using connection = connect(only.server.target, { trust: plaintext });
    expect(await reasonOf(connection.client(TokenServiceDefinition).issueToken({}))).toBe('UNAVAILABLE');
    expect(only.calls).toBe(1);
  });

  it('is made again although it changes something when nobody was there to process it', async () => {
    await using only = await startInstance('127.0.0.1');
    const { port } = only;
    using connection = connect(only.server.target, { trust: plaintext });
    await only.server[Symbol.asyncDispose]();
    const answer = reasonOf(connection.client(TokenServiceDefinition).issueToken({}));
    await using next = await startInstance('127.0.0.1', port);
    expect(await answer).toBe('OK');
    expect(next.calls).toBe(1);
  });

  it('is made five times at most, and with half of the budget gone not again', async () => {
    await using only = await startInstance('127.0.0.1');
    only.trouble = unavailable('UNAVAILABLE');
    using connection = connect(only.server.target, { trust: plaintext });
    expect(await reasonOf(list(connection))).toBe('UNAVAILABLE');
    expect(only.calls).toBe(5);
    for (let n = 0; n < 10; n++) await reasonOf(list(connection));
    expect(only.calls).toBe(15);
  });

  it.each(['RATE_LIMITED', 'UNAUTHENTICATED', 'BMC_BUSY'] as const)(
    'with %s is not made again',
    async (reason) => {
      await using only = await startInstance('127.0.0.1');
      only.trouble = unavailable(reason);
      using connection = connect(only.server.target, { trust: plaintext });
      expect(await reasonOf(list(connection))).toBe(reason);
      expect(only.calls).toBe(1);
    },
  );

  it('is not made again after the deadline', async () => {
    await using only = await startInstance('127.0.0.1');
    only.trouble = (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new MeshError('UNAVAILABLE')), { once: true }),
      );
    using connection = connect(only.server.target, { trust: plaintext, deadlineMs: 100 });
    expect(await reasonOf(list(connection))).toBe('DEADLINE_EXCEEDED');
    only.trouble = undefined;
    expect(await reasonOf(list(connection))).toBe('OK');
    expect(only.calls).toBe(2);
  });

  it('is left to a caller that has a back-off of its own', async () => {
    await using only = await startInstance('127.0.0.1');
    only.trouble = unavailable('UNAVAILABLE');
    using connection = connect(only.server.target, { trust: plaintext, retries: false });
    expect(await reasonOf(list(connection))).toBe('UNAVAILABLE');
    expect(only.calls).toBe(1);
  });
});
