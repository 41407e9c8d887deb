import type { ReadSessionLogRequest } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp, toTimestamp } from '@consolemesh/mesh';
import { createFrameReader, encodeFrames, frameType, longestPayload } from '@consolemesh/proxy/line-frames';
import type { LogAnswer } from '@consolemesh/proxy/testing';
import { describe, expect, it } from 'vitest';
import { startBench } from './testing.ts';

const said: LogAnswer[] = [
  {
    at: toTimestamp(1_000),
    data: Buffer.alloc(0),
    event: { kind: 1, columns: 80, rows: 24, reason: '', message: '', bytes: 0n, generation: 1n },
  },
  { at: toTimestamp(2_500), data: Buffer.from('booting') },
];

describe('the log of a line', () => {
  it.each(['control', 'view'] as const)(
    'is read at the conductor for the session that shows it (%s)',
    async (role) => {
      await using bench = await startBench();
      const asked: ReadSessionLogRequest[] = [];
      bench.conductor.log = (request) => {
        asked.push(request);
        return said;
      };
      const { page, info, line } = await bench.opened({ role });
      page.send({ type: 'log', action: 'read', reading: 7, since: 1_000, until: 9_000 });
      expect(await page.message()).toEqual({
        ...{ type: 'log', reading: 7, wait: false },
        pieces: [
          { at: 1_000, event: 'started', columns: 80, rows: 24 },
          { at: 2_500, data: Buffer.from('booting').toString('base64') },
        ],
      });
      expect(await page.message()).toEqual({
        ...{ type: 'log', reading: 7, over: 'end', reason: null, message: null },
      });
      expect(asked).toMatchObject([{ sessionId: info.session, proxyId: bench.proxy.proxyId }]);
      expect([fromTimestamp(asked[0]?.since), fromTimestamp(asked[0]?.until)]).toEqual([1_000, 9_000]);
      // The console goes on beside it, and what the log says is none of its bytes.
      line.say('live');
      expect((await page.bytes(4)).toString()).toBe('live');
    },
  );

  it('is read at the line door as well, where it speaks in frames', async () => {
    await using bench = await startBench();
    bench.conductor.log = () => said;
    const { socket, text } = await bench.line(`consolemesh/1 token=${bench.issue()} mode=frames\n`);
    expect(await text()).toContain('opened');
    const told: { type: string }[] = [];
    const reader = createFrameReader(
      { data: () => true, control: (message) => told.push(JSON.parse(message)), tooLong: () => {} },
      longestPayload,
    );
    socket.on('data', (chunk: Buffer) => void reader.push(chunk));
    await expect.poll(() => told.map(({ type }) => type)).toContain('opened');
    const wish = { type: 'log', action: 'read', reading: 1 };
    socket.write(encodeFrames(frameType.control, Buffer.from(JSON.stringify(wish))));
    await expect
      .poll(() => told.filter(({ type }) => type === 'log'))
      .toMatchObject([{ pieces: [{ event: 'started' }, { at: 2_500 }] }, { over: 'end' }]);
    socket.destroy();
  });

  it('is not read before the console is open, and not without a token', async () => {
    await using bench = await startBench();
    let asked = 0;
    bench.conductor.log = () => {
      asked += 1;
      return said;
    };
    const early = await bench.page();
    early.send({ type: 'log', action: 'read', reading: 1 });
    early.send({ type: 'open', token: 'nonsense' });
    expect(await early.message()).toMatchObject({ type: 'closing', reason: 'TOKEN_INVALID' });
    expect(asked).toBe(0);
  });

  it('that does not exist is told in words, and the console goes on', async () => {
    await using bench = await startBench();
    bench.conductor.log = () => {
      throw new MeshError('CAPABILITY_MISSING', 'Nothing was recorded.');
    };
    const { page, line } = await bench.opened();
    page.send({ type: 'log', action: 'read', reading: 1 });
    expect(await page.message()).toMatchObject({
      ...{ type: 'log', reading: 1, over: 'failed', reason: 'CAPABILITY_MISSING' },
      message: 'Nothing was recorded.',
    });
    line.say('live');
    expect((await page.bytes(4)).toString()).toBe('live');
  });

  it('is no longer read when the session is over', async () => {
    await using bench = await startBench();
    let ended: (() => void) | undefined;
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    bench.conductor.log = async function* (_, signal) {
      signal.addEventListener('abort', () => ended?.());
      yield* said;
      await end;
    };
    const { page } = await bench.opened();
    page.send({ type: 'log', action: 'read', reading: 1 });
    page.socket.terminate();
    await end;
  });

  it('is taken at the pace of the page, however long it is', async () => {
    await using bench = await startBench();
    let given = 0;
    bench.conductor.log = async function* () {
      for (; given < 400; given++) yield { at: toTimestamp(given * 1_000), data: Buffer.alloc(8_000, given) };
    };
    const { page } = await bench.opened();
    page.send({ type: 'log', action: 'read', reading: 1 });
    const bytes: Buffer[] = [];
    for (;;) {
      const message = await page.message();
      if (message.over !== undefined) {
        expect(message).toMatchObject({ over: 'end' });
        break;
      }
      for (const { data } of message.pieces as { data: string }[]) bytes.push(Buffer.from(data, 'base64'));
      if (message.wait) page.send({ type: 'log', action: 'more', reading: 1 });
    }
    expect(Buffer.concat(bytes).length).toBe(400 * 8_000);
  });

  it.each([
    [{ type: 'log' }],
    [{ type: 'log', action: 'read' }],
    [{ type: 'log', action: 'eat', reading: 1 }],
    [{ type: 'log', action: 'read', reading: -1 }],
    [{ type: 'log', action: 'read', reading: 1, since: 'yesterday' }],
    [{ type: 'log', action: 'read', reading: 1, until: 1.5 }],
  ])('asked for as %j breaks the protocol', async (message) => {
    await using bench = await startBench();
    const { page } = await bench.opened();
    page.send(message);
    expect(await page.message()).toMatchObject({ type: 'closing', reason: 'PROTOCOL_VIOLATION' });
  });
});
