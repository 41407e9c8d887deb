import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createFrameReader, type FrameProblem } from './frame-reader.ts';
import { unmask } from './unmask.ts';

/** A client's frame. */
function frame(
  opcode: number,
  payload: Uint8Array | string,
  { fin = true, rsv = 0, mask = [1, 2, 3, 4] as readonly number[] | null, length = 0 } = {},
): Buffer {
  const body = Buffer.from(payload);
  const size = length || body.length;
  const extended = size < 126 ? Buffer.alloc(0) : size < 65_536 ? Buffer.alloc(2) : Buffer.alloc(8);
  if (extended.length === 2) extended.writeUInt16BE(size);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(size));
  const short = size < 126 ? size : size < 65_536 ? 126 : 127;
  const head = Buffer.from([(fin ? 0x80 : 0) | rsv | opcode, (mask ? 0x80 : 0) | short]);
  const masked = mask ? Buffer.from(body.map((byte, i) => byte ^ mask[i & 3]!)) : body;
  return Buffer.concat([head, extended, Buffer.from(mask ?? []), masked]);
}

/** What a reader told, in order; binary bytes that follow each other are one entry. */
function read(chunks: readonly Buffer[], limits = { maxBinaryFrame: 1_000_000, maxText: 16_384 }) {
  const told: (string | Buffer | FrameProblem)[] = [];
  const reader = createFrameReader(
    {
      binary(bytes) {
        const last = told[told.length - 1];
        if (Buffer.isBuffer(last)) told[told.length - 1] = Buffer.concat([last, bytes]);
        else told.push(Buffer.from(bytes));
      },
      text: (message) => told.push(`text ${message}`),
      ping: (payload) => told.push(`ping ${payload}`),
      pong: () => told.push('pong'),
      close: (code) => told.push(`close ${code}`),
      broken: (problem) => told.push(problem),
    },
    limits,
  );
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return told;
}

/** Cuts bytes at any places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end));
}

const oneByteEach = (bytes: Buffer) => [...bytes].map((byte) => Buffer.from([byte]));

describe('frames of a client', () => {
  const payload = fc.uint8Array({ maxLength: 400 });
  const mask = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const any = fc.oneof(
    fc.record({ opcode: fc.constant(2), payload, mask }),
    fc.record({
      opcode: fc.constant(1),
      payload: fc.string().map((text) => new TextEncoder().encode(text)),
      mask,
    }),
    fc.record({ opcode: fc.constant(9), payload: fc.uint8Array({ maxLength: 20 }), mask }),
    fc.record({ opcode: fc.constant(10), payload: fc.constant(new Uint8Array()), mask }),
  );

  test.prop([fc.array(any, { maxLength: 30 }), fc.array(fc.nat(20_000), { maxLength: 40 })])(
    'say the same however they are cut',
    (frames, places) => {
      const bytes = Buffer.concat(frames.map((one) => frame(one.opcode, one.payload, { mask: one.mask })));
      expect(read(cut(bytes, places))).toEqual(read([bytes]));
      const expected = frames.filter(({ opcode }) => opcode === 2).map(({ payload }) => Buffer.from(payload));
      const binary = read([bytes]).filter((entry): entry is Buffer => Buffer.isBuffer(entry));
      expect(Buffer.concat(binary)).toEqual(Buffer.concat(expected));
    },
  );

  it('give each message its place when every byte comes alone', () => {
    const bytes = Buffer.concat([
      frame(2, 'abc'),
      frame(9, 'hi'),
      frame(1, 'one'),
      frame(2, 'de'),
      frame(2, ''),
      frame(8, Buffer.from([0x03, 0xe9])),
    ]);
    const expected = [Buffer.from('abc'), 'ping hi', 'text one', Buffer.from('de'), 'close 1001'];
    expect(read(oneByteEach(bytes))).toEqual(expected);
    expect(read([bytes])).toEqual(expected);
  });

  it('may be fragments, with control frames between them', () => {
    const bytes = Buffer.concat([
      frame(1, 'he', { fin: false }),
      frame(9, ''),
      frame(0, 'llo'),
      frame(2, 'ab', { fin: false }),
      frame(10, ''),
      frame(0, 'c'),
    ]);
    expect(read([bytes])).toEqual(['ping ', 'text hello', Buffer.from('ab'), 'pong', Buffer.from('c')]);
  });

  it('of a burst come in one piece', () => {
    let calls = 0;
    const reader = createFrameReader(
      { binary: () => calls++, text() {}, ping() {}, pong() {}, close() {}, broken() {} },
      { maxBinaryFrame: 1_000, maxText: 100 },
    );
    reader.push(Buffer.concat(Array.from({ length: 3_000 }, () => frame(2, '0123456789abcdef'))));
    expect(calls).toBe(1);
  });

  it('use the longest length where they have to', () => {
    const payload = Buffer.alloc(70_000, 9);
    expect(read([frame(2, payload)])).toEqual([payload]);
  });

  it.each([
    ['without a mask', frame(2, 'a', { mask: null }), 'violation'],
    ['with an extension bit', frame(2, 'a', { rsv: 0x40 }), 'violation'],
    ['of an unknown kind', frame(3, 'a'), 'violation'],
    ['of an unknown control kind', frame(11, 'a'), 'violation'],
    ['that go on with nothing', frame(0, 'a'), 'violation'],
    ['that begin twice', Buffer.concat([frame(2, '', { fin: false }), frame(2, '')]), 'violation'],
    ['that fragment a ping', frame(9, '', { fin: false }), 'violation'],
    ['with a long ping', frame(9, Buffer.alloc(126)), 'violation'],
    ['with text that is not UTF-8', frame(1, Buffer.from([0xff])), 'violation'],
    ['larger than the limit', frame(2, 'a', { length: 1_000_001 }), 'too-large'],
    ['of 2^63 bytes', Buffer.from('82ff800000000000000001020304', 'hex'), 'too-large'],
    ['with too much text', frame(1, 'a', { length: 16_385 }), 'too-large'],
    [
      'with too much text in fragments',
      Buffer.concat([frame(1, Buffer.alloc(16_000), { fin: false }), frame(0, Buffer.alloc(400))]),
      'too-large',
    ],
  ])('%s break the connection, and nothing after them is read', (_what, bytes, kind) => {
    const told = read([Buffer.concat([bytes, frame(2, 'after')])]);
    expect(told).toEqual([expect.objectContaining({ kind })]);
    expect(read(oneByteEach(Buffer.concat([bytes, frame(2, 'after')])))).toEqual(told);
  });

  it('after a close frame are not read', () => {
    expect(read([Buffer.concat([frame(8, ''), frame(2, 'late')])])).toEqual(['close 1005']);
  });
});

test.prop([
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(7),
  fc.nat(3),
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
])('a mask is removed wherever the bytes lie and whatever came before', (bytes, offset, phase, mask) => {
  const memory = Buffer.alloc(offset + bytes.length);
  memory.set(bytes, offset);
  unmask(memory, offset, memory.length, mask, phase);
  expect([...memory.subarray(offset)]).toEqual([...bytes].map((byte, i) => byte ^ mask[(i + phase) & 3]!));
});
