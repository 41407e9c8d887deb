import type { AttachRequest, AttachResponse } from '@consolemesh/contracts/stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClientStream } from './client-stream.ts';
import { createOutbox, maxFrameBytes } from './outbox.ts';

async function* framesOf(chunks: Iterable<Buffer>): AsyncGenerator<AttachRequest> {
  for (const value of chunks) yield { frame: { $case: 'data', value } };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("a client's stream", () => {
  it('hands over the bytes of the frames, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }), async (pieces) => {
        const stream = createClientStream(
          framesOf(pieces.map((p) => Buffer.from(p))),
          createOutbox(),
          () => {},
        );
        expect(await readAll(stream)).toEqual(Buffer.concat(pieces));
      }),
    );
  });

  it('hands over bytes that come one at a time', async () => {
    const bytes = Buffer.from('RFB 003.008\n and what follows');
    const single = [...bytes].map((byte) => Buffer.of(byte));
    expect(await readAll(createClientStream(framesOf(single), createOutbox(), () => {}))).toEqual(bytes);
  });

  it('ATTACH-15 asks the client for no more than its buffer while nobody reads', async () => {
    let asked = 0;
    function* endless() {
      while (true) {
        asked += 1;
        yield Buffer.alloc(maxFrameBytes);
      }
    }
    const stream = createClientStream(framesOf(endless()), createOutbox(), () => {});
    stream.read(0);
    await expect.poll(() => stream.readableLength).toBeGreaterThanOrEqual(4 * maxFrameBytes);
    const before = asked;
    for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(before);
    expect(asked).toBeLessThanOrEqual(6);
    stream.destroy();
  });

  it('sends what is written in frames of at most 64 KiB, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 6 }), async (sizes) => {
        const outbox = createOutbox();
        const stream = createClientStream(framesOf([]), outbox, () => {});
        const written = sizes.map((size, i) => Buffer.alloc(size, i + 1));
        for (const piece of written) stream.write(piece);
        stream.end(() => outbox.close());
        const frames: AttachResponse[] = [];
        for await (const frame of outbox.frames()) frames.push(frame);
        const data = frames.map(({ frame }) => (frame?.$case === 'data' ? frame.value : Buffer.alloc(0)));
        expect(Math.max(0, ...data.map((d) => d.length))).toBeLessThanOrEqual(maxFrameBytes);
        expect(Buffer.concat(data).equals(Buffer.concat(written))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('is destroyed with the error of its client', async () => {
    async function* broken(): AsyncGenerator<AttachRequest> {
      yield { frame: { $case: 'data', value: Buffer.from('a') } };
      throw new Error('connection lost');
    }
    await expect(readAll(createClientStream(broken(), createOutbox(), () => {}))).rejects.toThrow(
      'connection lost',
    );
  });
});
