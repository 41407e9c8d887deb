import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrames, frameType, longestPayload } from './line-frames.ts';

type Item = { readonly type: number; readonly payload: Buffer };

/** What a reader tells, with neighbouring data joined: where frames of data begin and end means nothing. */
function collect(longestControl = 16 * 1024) {
  const told: (Buffer | string)[] = [];
  const reader = createFrameReader(
    {
      data(bytes) {
        const last = told.at(-1);
        if (Buffer.isBuffer(last)) told[told.length - 1] = Buffer.concat([last, bytes]);
        else told.push(Buffer.from(bytes));
        return true;
      },
      control: (text) => told.push(text),
      tooLong: () => told.push('too long'),
    },
    longestControl,
  );
  return { told, reader };
}

const item: fc.Arbitrary<Item> = fc.oneof(
  fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((b) => ({ type: frameType.data, payload: Buffer.from(b) })),
  fc.string({ maxLength: 100 }).map((text) => ({ type: frameType.control, payload: Buffer.from(text) })),
  fc.uint8Array({ maxLength: 50 }).map((b) => ({ type: 7, payload: Buffer.from(b) })),
);

function expected(items: readonly Item[]): (Buffer | string)[] {
  const whole: (Buffer | string)[] = [];
  for (const { type, payload } of items) {
    const last = whole.at(-1);
    if (type === frameType.control) whole.push(payload.toString());
    else if (type === frameType.data && Buffer.isBuffer(last))
      whole[whole.length - 1] = Buffer.concat([last, payload]);
    else if (type === frameType.data) whole.push(payload);
  }
  return whole;
}

describe('frames of the line door', () => {
  property.prop([
    fc.array(item, { maxLength: 20 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
  ])('are read as they were written, cut anywhere', (items, cuts) => {
    const wire = Buffer.concat(items.map(({ type, payload }) => encodeFrames(type, payload)));
    const { told, reader } = collect();
    for (let at = 0, cut = 0; at < wire.length; cut++) {
      const size = cuts[cut % cuts.length]!;
      reader.push(wire.subarray(at, at + size));
      at += size;
    }
    expect(told).toEqual(expected(items));
  });

  property.prop([fc.array(item, { maxLength: 10 })])('are read one byte at a time', (items) => {
    const wire = Buffer.concat(items.map(({ type, payload }) => encodeFrames(type, payload)));
    const { told, reader } = collect();
    for (const byte of wire) reader.push(Buffer.of(byte));
    expect(told).toEqual(expected(items));
  });

  it('hold 65,535 bytes at most; more is several frames', () => {
    const payload = Buffer.alloc(longestPayload + 1, 9);
    const wire = encodeFrames(frameType.data, payload);
    expect(wire.subarray(0, 3).toString('hex')).toBe('00ffff');
    expect(wire.subarray(3 + longestPayload, 6 + longestPayload).toString('hex')).toBe('000001');
    const { told, reader } = collect();
    reader.push(wire);
    expect(told).toEqual([payload]);
  });

  it('say so when a source is to be paused, and lose nothing of the chunk', () => {
    const seen: string[] = [];
    const reader = createFrameReader(
      {
        data: (bytes) => {
          seen.push(bytes.toString());
          return seen.length !== 1;
        },
        control: (text) => seen.push(text),
        tooLong: () => {},
      },
      100,
    );
    const wire = ['one', 'two'].map((text) => encodeFrames(frameType.data, Buffer.from(text)));
    expect(reader.push(Buffer.concat(wire))).toBe(false);
    expect(seen).toEqual(['one', 'two']);
    expect(reader.push(wire[0]!)).toBe(true);
  });

  it('of a control message that is too long stop the reader before anything is gathered', () => {
    const { told, reader } = collect(100);
    reader.push(encodeFrames(frameType.control, Buffer.alloc(101, 0x20)));
    reader.push(encodeFrames(frameType.data, Buffer.from('more')));
    expect(told).toEqual(['too long']);
  });
});
