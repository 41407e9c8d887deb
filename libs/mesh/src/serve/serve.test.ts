import { HealthCheckResponse_ServingStatus, HealthDefinition } from '@consolemesh/contracts/health';
import { TokenServiceDefinition, type TokenServiceImplementation } from '@consolemesh/contracts/token';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError, violationsError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { connect } from '../calls/connect.ts';
import { silentLogger } from '../log/logger.ts';
import { plaintext } from '../trust/credentials.ts';
import { bind, serve } from './serve.ts';

/** A token service of which only the given RPCs work. */
function serveToken(rpcs: Partial<TokenServiceImplementation>, drainMs = 200) {
  const unimplemented = async () => {
    throw new MeshError('UNIMPLEMENTED');
  };
  const implementation = {
    issueToken: unimplemented,
    redeemToken: unimplemented,
    revokeTokens: unimplemented,
    async *watchRevocations() {},
    listTokens: unimplemented,
    listGrantKeys: unimplemented,
    ...rpcs,
  } as TokenServiceImplementation;
  return serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    services: [bind(TokenServiceDefinition, implementation)],
    drainMs,
  });
}

describe('a server of the mesh', () => {
  it('carries reason, message, metadata and every violation of an error to the client', async () => {
    const violations = [
      { field: 'subject', reason: 'FIELD_REQUIRED', message: 'say who asks' },
      { field: 'ttl', reason: 'FIELD_INVALID', message: 'at most 1 day' },
    ] as const;
    await using server = await serveToken({
      issueToken: async () => {
        throw violationsError(violations);
      },
      listTokens: async () => {
        throw new MeshError('TOKEN_NOT_FOUND', 'No such token: t1.', { metadata: { token: 't1' } });
      },
    });
    using connection = connect(server.target, { trust: plaintext });
    const client = connection.client(TokenServiceDefinition);

    await expect(client.issueToken({})).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT', violations });
    await expect(client.listTokens({})).rejects.toMatchObject({
      reason: 'TOKEN_NOT_FOUND',
      message: 'No such token: t1.',
      metadata: { token: 't1', recovery: 'fix-request' },
    });
  });

  it('tells nobody what went wrong inside, except its log', async () => {
    const lines: object[] = [];
    const logger = { ...silentLogger, error: (fields: object) => void lines.push(fields) };
    await using server = await serve({
      listen: { host: '127.0.0.1', port: 0 },
      trust: plaintext,
      logger,
      services: [
        bind(TokenServiceDefinition, {
          listTokens: async () => {
            throw new TypeError('password hunter2 in a stack');
          },
        } as unknown as TokenServiceImplementation),
      ],
    });
    using connection = connect(server.target, { trust: plaintext });
    const failure = await connection
      .client(TokenServiceDefinition)
      .listTokens({})
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'INTERNAL' });
    expect(String(failure)).not.toContain('hunter2');
    expect(lines).toHaveLength(1);
  });

  it('logs what was foreseen in one line, and only at debug what it came from', async () => {
    const lines: [level: string, fields: object, message: string][] = [];
    const at = (level: string) => (fields: object, message: string) =>
      void lines.push([level, fields, message]);
    const logger = { ...silentLogger, debug: at('debug'), warn: at('warn'), error: at('error') };
    const cause = new Error('connect ECONNREFUSED 192.0.2.1:443');
    const failures = [
      new MeshError('BMC_REFUSED', 'Nobody listens at 192.0.2.1:443.', { cause }),
      new MeshError('TOKEN_NOT_FOUND'),
    ];
    await using server = await serve({
      listen: { host: '127.0.0.1', port: 0 },
      trust: plaintext,
      logger,
      services: [
        bind(TokenServiceDefinition, {
          listTokens: async () => {
            throw failures.shift();
          },
        } as unknown as TokenServiceImplementation),
      ],
    });
    using connection = connect(server.target, { trust: plaintext });
    for (const reason of ['BMC_REFUSED', 'TOKEN_NOT_FOUND'])
      await expect(connection.client(TokenServiceDefinition).listTokens({})).rejects.toMatchObject({
        reason,
      });
    const method = '/consolemesh.token.v1.TokenService/ListTokens';
    expect(lines).toEqual([
      [
        'warn',
        { method, reason: 'BMC_REFUSED', message: 'Nobody listens at 192.0.2.1:443.' },
        'a call failed',
      ],
      ['debug', { method, reason: 'BMC_REFUSED', cause }, 'what a call failed of'],
    ]);
  });

  it('answers health for its services and for no other', async () => {
    await using server = await serveToken({});
    using connection = connect(server.target, { trust: plaintext });
    const health = connection.client(HealthDefinition);
    const service = TokenServiceDefinition.fullName;
    expect((await health.check({ service })).status).toBe(HealthCheckResponse_ServingStatus.SERVING);
    server.setServing(false);
    expect((await health.check({ service: '' })).status).toBe(HealthCheckResponse_ServingStatus.NOT_SERVING);
    await expect(health.check({ service: 'nobody' })).rejects.toThrow(/unknown service/);
  });

  it('ends streams with DRAINING, lets unary calls finish and refuses new ones when it is disposed', async () => {
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let entered = (): void => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const server = await serveToken(
      {
        async *watchRevocations(_request, context) {
          yield { notice: { $case: 'heartbeat', value: { revision: 7n } } };
          await new Promise((_, reject) =>
            context.signal.addEventListener('abort', () => reject(context.signal.reason)),
          );
        },
        listTokens: async () => {
          entered();
          await gate;
          return { tokens: [{ tokenId: 'late', kind: ConsoleKind.GRAPHICAL }] };
        },
      },
      5_000,
    );
    using connection = connect(server.target, { trust: plaintext });
    const client = connection.client(TokenServiceDefinition);
    const stream = client.watchRevocations({})[Symbol.asyncIterator]();
    expect((await stream.next()).value).toMatchObject({ notice: { value: { revision: 7n } } });
    const unary = client.listTokens({});
    await inside;

    const ended = stream.next();
    const disposed = server[Symbol.asyncDispose]();
    await expect(ended).rejects.toMatchObject({ reason: 'DRAINING' });
    finish();
    expect((await unary).tokens[0]?.tokenId).toBe('late');
    await disposed;
    await expect(client.listGrantKeys({})).rejects.toBeInstanceOf(MeshError);
  });

  it('refuses plaintext anywhere but on loopback', async () => {
    const options = { trust: plaintext, logger: silentLogger, services: [] };
    await expect(serve({ ...options, listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(/loopback/);
    expect(() => connect('dns:///mesh.example:7110', { trust: plaintext })).toThrow(/loopback/);
    expect(() => connect('dns:///127.0.0.1.example:7110', { trust: plaintext })).toThrow(/loopback/);
  });

  it('names the port that is taken', async () => {
    await using first = await serveToken({});
    await expect(
      serve({
        listen: { host: '127.0.0.1', port: first.port },
        trust: plaintext,
        logger: silentLogger,
        services: [],
      }),
    ).rejects.toThrow(`port ${first.port} on 127.0.0.1 is taken`);
  });

  it('gives a call that never answers its deadline', async () => {
    await using server = await serveToken({
      listTokens: (_request, context) =>
        new Promise((_, reject) =>
          context.signal.addEventListener('abort', () => reject(context.signal.reason)),
        ),
    });
    using connection = connect(server.target, { trust: plaintext, deadlineMs: 50 });
    await expect(connection.client(TokenServiceDefinition).listTokens({})).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
    });
  });
});
