import type { ReadSessionLogResponse } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { expect, test, vi } from 'vitest';
import type { LogMessage } from './log-talk.ts';
import { createLogPlaying, logLimits } from './play-log.ts';
import type { ReadSessionLog } from './read-session-log.ts';

const limits = {
  ...logLimits,
  windowMs: 0,
  window: 2,
  batch: { message: 200, bytes: 1_000_000, pieces: 10_000 },
} as unknown as typeof logLimits;

const piece = (n: number): ReadSessionLogResponse => ({
  at: toTimestamp(1_000 + n * 1_000),
  data: Buffer.alloc(90, n),
  event: undefined,
});

function player(read: ReadSessionLog, change: Partial<typeof logLimits> = {}) {
  const told: LogMessage[] = [];
  const playing = createLogPlaying({
    ...{ sessionId: 's1', read, now: () => 0, limits: { ...limits, ...change } },
    tell: (message) => told.push(message),
  });
  return { told, playing };
}
const read = (reading: number) => ({ type: 'log', action: 'read', reading }) as const;
const until = (found: () => boolean) => vi.waitFor(() => expect(found()).toBe(true), { timeout: 20_000 });

test('no more than a window is read before the client asks for more', async () => {
  let given = 0;
  const { told, playing } = player(async function* () {
    for (; given < 7; given++) yield piece(given);
  });
  playing.hear(read(1));
  await until(() => told.length === 2);
  expect(told.map((message) => 'wait' in message && message.wait)).toEqual([false, true]);
  // The piece that did not fit into the last message has been taken, and no other.
  expect(given).toBeLessThanOrEqual(3);
  playing.hear({ type: 'log', action: 'more', reading: 2 });
  playing.hear({ type: 'log', action: 'more', reading: 1 });
  await until(() => told.length === 4);
  expect(given).toBeLessThanOrEqual(5);
  playing.hear({ type: 'log', action: 'more', reading: 1 });
  await until(() => told.length === 6);
  playing.hear({ type: 'log', action: 'more', reading: 1 });
  await until(() => told.length === 8);
  expect(told.at(-1)).toEqual({ type: 'log', reading: 1, over: 'end', reason: null, message: null });
});

test('a newer reading ends the older, which says nothing more', async () => {
  const signals: AbortSignal[] = [];
  const { told, playing } = player(async function* (_, __, ___, signal) {
    signals.push(signal);
    yield piece(signals.length);
    yield piece(9);
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled'))));
  });
  playing.hear(read(1));
  await until(() => told.length === 1);
  playing.hear(read(2));
  expect(signals[0]?.aborted).toBe(true);
  await until(() => told.length === 2);
  playing.hear({ type: 'log', action: 'stop', reading: 2 });
  expect(signals[1]?.aborted).toBe(true);
  expect(told.map(({ reading }) => reading)).toEqual([1, 2]);
});

test('nothing is read for a session that is over', async () => {
  let signal: AbortSignal | undefined;
  const { told, playing } = player(async function* (...[, , , given]) {
    signal = given;
    yield piece(1);
    yield piece(2);
    await new Promise((_, reject) => given.addEventListener('abort', () => reject(new Error('cancelled'))));
  });
  playing.hear(read(1));
  await until(() => told.length === 1);
  playing[Symbol.dispose]();
  expect(signal?.aborted).toBe(true);
});

test('a client that asks for nothing more is told so, and the reading ends', async () => {
  let ended = false;
  const source: ReadSessionLog = async function* (...[, , , signal]) {
    signal.addEventListener('abort', () => {
      ended = true;
    });
    for (let n = 0; ; n++) yield piece(n);
  };
  const { told, playing } = player(source, { waitMs: 1 } as unknown as Partial<typeof logLimits>);
  playing.hear(read(1));
  await until(() => told.length === 3);
  expect(told.at(-1)).toMatchObject({ over: 'failed', reason: 'DEADLINE_EXCEEDED' });
  await until(() => ended);
});

test('why a log cannot be read is told in the words that came, and of what is no error of ours nothing', async () => {
  const errors = [new MeshError('CAPABILITY_MISSING', 'Nothing was recorded.'), new Error('secret')];
  const { told, playing } = player(async function* () {
    yield* [];
    throw errors.shift();
  });
  playing.hear(read(1));
  await until(() => told.length === 1);
  expect(told[0]).toMatchObject({
    over: 'failed',
    reason: 'CAPABILITY_MISSING',
    message: 'Nothing was recorded.',
  });
  playing.hear(read(2));
  await until(() => told.length === 2);
  expect(told[1]).toMatchObject({ over: 'failed', reason: 'INTERNAL' });
  expect(JSON.stringify(told)).not.toContain('secret');
});

test('readings are limited in number', async () => {
  let count = 0;
  const { told, playing } = player(async function* () {
    count += 1;
    yield* [];
  });
  for (let n = 1; n <= 20; n++) playing.hear(read(n));
  await until(() => told.length === 12);
  expect(count).toBe(8);
  expect(told.filter((message) => 'reason' in message && message.reason === 'RATE_LIMITED')).toHaveLength(12);
});
