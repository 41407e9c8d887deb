import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext } from '@consolemesh/mesh';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answerForNames,
  list,
  reasonOf,
  startInstance,
  startSeveral,
  untilAnswering,
} from './several-instances.ts';

beforeEach(answerForNames);
afterEach(() => vi.restoreAllMocks());

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
