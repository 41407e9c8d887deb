import type { ReadSessionLogResponse } from '@consolemesh/contracts/conductor';
import { type ConsoleLogEvent, ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { toTimestamp } from '@consolemesh/mesh';
import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { batchLog } from './batch-log.ts';
import type { LogPiece } from './log-talk.ts';

const none = { columns: 0, rows: 0, reason: '', message: '', bytes: 0n, generation: 0n };
const data = (at: number, bytes: Uint8Array | string): ReadSessionLogResponse => ({
  at: toTimestamp(at),
  data: Buffer.from(bytes),
  event: undefined,
});
const event = (at: number, kind: ConsoleLogEventKind, more: Partial<ConsoleLogEvent> = {}) => ({
  at: toTimestamp(at),
  data: Buffer.alloc(0),
  event: { ...none, kind, ...more },
});
const roomy = { message: 12 * 1024, bytes: 1_000_000, pieces: 10_000 };

async function collect(log: ReadSessionLogResponse[], limits = roomy) {
  async function* source() {
    yield* log;
  }
  const batches: LogPiece[][] = [];
  const cut = batchLog(source(), limits);
  for (;;) {
    const { done, value } = await cut.next();
    if (done) return { batches, pieces: batches.flat(), over: value };
    batches.push(value);
  }
}

const bytesOf = (pieces: LogPiece[]) =>
  Buffer.concat(pieces.map((piece) => Buffer.from('data' in piece ? piece.data : '', 'base64')));

describe('a log in messages', () => {
  it('holds bytes and events at their times and places', async () => {
    const { pieces, over } = await collect([
      event(5, ConsoleLogEventKind.STARTED, { columns: 80, rows: 24 }),
      data(10, 'one'),
      event(20, ConsoleLogEventKind.LOST, { reason: 'BMC_TIMEOUT' }),
      event(30, ConsoleLogEventKind.GAP, { bytes: 7n, message: 'The disk was full.' }),
      event(31, 99 as ConsoleLogEventKind),
      data(40, 'two'),
    ]);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    expect(pieces).toEqual([
      { at: 5, event: 'started', columns: 80, rows: 24 },
      { at: 10, data: base64('one') },
      { at: 20, event: 'lost', reason: 'BMC_TIMEOUT' },
      { at: 30, event: 'gap', bytes: 7, message: 'The disk was full.' },
      { at: 40, data: base64('two') },
    ]);
    expect(over).toBe('end');
  });

  it('joins what came within a moment, not over an event', async () => {
    const { pieces } = await collect([
      data(100, 'a'),
      data(110, 'b'),
      data(119, 'c'),
      data(121, 'd'),
      event(122, ConsoleLogEventKind.BREAK),
      data(123, 'e'),
      data(50, 'f'),
    ]);
    expect(pieces.map(({ at, ...piece }) => [at, 'data' in piece ? atob(piece.data) : piece.event])).toEqual([
      [100, 'abc'],
      [121, 'd'],
      [122, 'break'],
      [123, 'e'],
      [50, 'f'],
    ]);
  });

  const logOf = (parts: [number, Uint8Array][]) => {
    let at = 1_000;
    return parts.map(([gap, bytes]) => {
      at += gap;
      return data(at, bytes);
    });
  };
  const piece = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.uint8Array({ maxLength: 3_000 }));
  property.prop([fc.array(piece, { maxLength: 30 }), fc.integer({ min: 200, max: 4_000 })])(
    'loses and doubles no byte, and no message is larger than its limit',
    async (parts, message) => {
      const log = logOf(parts);
      const { batches, pieces } = await collect(log, { ...roomy, message });
      expect(bytesOf(pieces).equals(Buffer.concat(parts.map(([, bytes]) => bytes)))).toBe(true);
      for (const batch of batches) expect(JSON.stringify(batch).length).toBeLessThanOrEqual(message);
    },
  );

  property.prop([fc.array(piece, { minLength: 5, maxLength: 30 }), fc.integer({ min: 1, max: 20_000 })])(
    'goes on where it was cut: from the time of its last pieces, without them',
    async (parts, bytes) => {
      const log = logOf(parts);
      const whole = Buffer.concat(parts.map(([, content]) => content));
      const { pieces, over } = await collect(log, { ...roomy, message: 300, bytes });
      const last = over === 'end' ? Number.POSITIVE_INFINITY : (pieces.at(-1)?.at ?? 0);
      const kept = pieces.filter((one) => one.at < last);
      const rest = await collect(
        log.filter((one) => Number(one.at!.seconds) * 1000 + one.at!.nanos / 1e6 >= last),
      );
      expect(Buffer.concat([bytesOf(kept), bytesOf(rest.pieces)]).equals(whole)).toBe(true);
    },
  );

  it('keeps the time of what it cut in the middle', async () => {
    const log = [data(1_000, 'a'.repeat(80)), data(1_010, 'b'.repeat(60)), data(5_000, 'c'.repeat(100))];
    const { pieces, over } = await collect(log, { ...roomy, message: 200, bytes: 140 });
    const parts = pieces.map((one) => [one.at, bytesOf([one]).length]);
    expect([parts, over]).toEqual([
      [
        [1_000, 101],
        [1_000, 39],
      ],
      'limit',
    ]);
  });

  it('ends at its limits and says so', async () => {
    const log = Array.from({ length: 10 }, (_, n) => data(n * 1_000, 'x'.repeat(100)));
    const byBytes = await collect(log, { ...roomy, bytes: 250 });
    expect([byBytes.over, bytesOf(byBytes.pieces).length]).toEqual(['limit', 200]);
    const byPieces = await collect(log, { ...roomy, pieces: 3 });
    expect([byPieces.over, byPieces.pieces.length]).toEqual(['limit', 3]);
    expect((await collect(log, { ...roomy, bytes: 1_000 })).over).toBe('end');
  });

  it('passes long sentences on in part', async () => {
    const { batches } = await collect([
      event(1, ConsoleLogEventKind.MISSING, { message: 'ü'.repeat(20_000) }),
    ]);
    expect(JSON.stringify(batches[0]).length).toBeLessThan(1_000);
  });
});
