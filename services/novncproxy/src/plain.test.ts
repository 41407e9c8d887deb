import { connect as connectTcp } from 'node:net';
import { ProxyServiceDefinition } from '@consolemesh/contracts/proxy';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext, toDuration } from '@consolemesh/mesh';
import { connectWebSocket } from '@consolemesh/proxy/testing';
import { connectToServer } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { type Bench, keyEvent, read, shakeHands, startBench } from './testing.ts';

/** Connects as unmodified noVNC does. */
function noVnc(bench: Bench, query: string, protocols: string[] = []) {
  return connectWebSocket(`${bench.proxy.webUrl.replace(/^http/, 'ws')}websockify${query}`, { protocols });
}

/** The reason that a viewer of RFB 3.8 reads when the server refuses. */
async function refusal(client: Awaited<ReturnType<typeof noVnc>>): Promise<string> {
  client.sendBytes(await client.bytes(12));
  const head = await client.bytes(5);
  expect(head[0]).toBe(0);
  return (await client.bytes(head.readUInt32BE(1))).toString();
}

describe('unmodified noVNC', () => {
  it.each([[[]], [['binary']]])('gets RFB at once with the sub-protocols %j', async (protocols) => {
    await using bench = await startBench();
    const client = await noVnc(bench, `?node=node-1&token=${bench.tokens.issue()}`, protocols);
    await shakeHands(client);
    const server = await bench.machine.connection();
    client.sendBytes(keyEvent(0x61));
    expect(await read(server, 8)).toEqual(keyEvent(0x61));
  });

  it('shows the reason of a refusal in words', async () => {
    await using bench = await startBench();
    const error = new MeshError('TOKEN_EXPIRED');
    const client = await noVnc(bench, `?token=${bench.tokens.issue({ error })}`);
    expect(await refusal(client)).toBe(error.message);
    expect(await client.closed).toEqual({ code: 4451, reason: 'TOKEN_EXPIRED' });
  });

  it('is told that its link holds no token, and who uses the console', async () => {
    await using bench = await startBench();
    expect(await refusal(await noVnc(bench, ''))).toContain('no token');
    bench.conductor.answers.push({
      outcome: {
        $case: 'inUse',
        value: { sessionId: 's', subject: 'bob', since: undefined, mayTakeOver: true },
      },
    });
    expect(await refusal(await noVnc(bench, `?token=${bench.tokens.issue()}`))).toContain('bob');
  });

  it('may speak before its console has been reached', async () => {
    await using bench = await startBench();
    const client = await noVnc(bench, `?token=${bench.tokens.issue()}`);
    client.sendBytes(Buffer.from('RFB 003.008\n'));
    client.sendBytes(Buffer.from([1, 1]));
    await client.bytes(12 + 2 + 4);
    await bench.machine.connection();
  });

  it('is closed with the reason when its session ends', async () => {
    await using bench = await startBench();
    const client = await noVnc(bench, `?token=${bench.tokens.issue()}`);
    await shakeHands(client);
    bench.tokens.revoke({ tokenId: 'token-1' });
    expect(await client.closed).toEqual({ code: 4452, reason: 'TOKEN_REVOKED' });
  });
});

describe('an exposed console', () => {
  async function expose(bench: Bench, allowedSources: string[], ttlMs = 60_000) {
    using connection = connect(bench.proxy.target, { trust: plaintext });
    return await connection.client(ProxyServiceDefinition).expose({
      token: bench.tokens.issue({ subject: 'nova' }),
      allowedSources,
      ttl: toDuration(ttlMs),
    });
  }

  it('gives raw RFB with None to an allowed source, in the name of the token', async () => {
    await using bench = await startBench();
    const { host, port } = await expose(bench, ['127.0.0.0/8']);
    const socket = connectTcp(port, host);
    const viewer = await connectToServer(socket);
    expect(viewer.security.name).toBe('None');
    const server = await bench.machine.connection();
    viewer.stream.write(keyEvent(0x61));
    expect(await read(server, 8)).toEqual(keyEvent(0x61));
    expect(await bench.conductor.hears('openedSessionId')).toBeTypeOf('string');
    viewer.stream.destroy();
    expect(await bench.conductor.hears('closed')).toMatchObject({
      reason: expect.stringMatching(/^CLIENT_/),
    });
  });

  it('hangs up on everybody else, and on all when it is taken back', async () => {
    await using bench = await startBench();
    const others = await expose(bench, ['192.0.2.0/24']);
    await expect(connectToServer(connectTcp(others.port, others.host))).rejects.toMatchObject({
      code: 'UNEXPECTED_END',
    });
    const mine = await expose(bench, ['127.0.0.1']);
    const viewer = await connectToServer(connectTcp(mine.port, mine.host));
    const over = new Promise((resolve) => viewer.stream.once('close', resolve));
    viewer.stream.resume();
    using connection = connect(bench.proxy.target, { trust: plaintext });
    await connection.client(ProxyServiceDefinition).unexpose({ listenerId: mine.listenerId });
    await over;
    await connection.client(ProxyServiceDefinition).unexpose({ listenerId: 'unknown' });
  });

  it('tells a viewer in RFB words why it may not come in', async () => {
    await using bench = await startBench();
    const { host, port } = await expose(bench, ['127.0.0.1']);
    bench.conductor.answers.push(new MeshError('CONSOLE_DISABLED'));
    await expect(connectToServer(connectTcp(port, host))).rejects.toMatchObject({
      code: 'REFUSED_BY_SERVER',
      details: { reason: new MeshError('CONSOLE_DISABLED').message },
    });
  });

  it.each([[[]], [['10.0.0.0/33']], [['example.org']]])(
    'is not opened for the sources %j',
    async (sources) => {
      await using bench = await startBench();
      await expect(expose(bench, sources)).rejects.toMatchObject({
        reason: expect.stringMatching(/^FIELD_/),
      });
    },
  );
});
