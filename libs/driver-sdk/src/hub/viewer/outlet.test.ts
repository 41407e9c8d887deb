import type { AttachResponse } from '@consolemesh/contracts/stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxFrameBytes } from '../../relay/outbox.ts';
import { createOutlet, maxWaitingBytes } from './outlet.ts';

const left = (sessionId: string) => ({ $case: 'left' as const, value: { sessionId } });
const noPicture = () => {
  throw new Error('nobody was slow');
};

/** A frame in short: its text, or the session that its notice is about. */
function brief({ frame }: AttachResponse): string {
  if (frame?.$case === 'data') return frame.value.toString();
  return frame?.value.event?.$case === 'left' ? `left ${frame.value.event.value.sessionId}` : '?';
}

async function all(frames: AsyncIterable<AttachResponse>): Promise<AttachResponse[]> {
  const got: AttachResponse[] = [];
  for await (const frame of frames) got.push(frame);
  return got;
}

describe('what waits for a viewer', () => {
  it('is sent in its order, bytes that follow each other together', async () => {
    const outlet = createOutlet(noPicture);
    outlet.data(Buffer.from('a'));
    outlet.data(Buffer.from('b'));
    outlet.event(left('x'));
    outlet.data(Buffer.from('c'));
    outlet.close();
    expect((await all(outlet.frames())).map(brief)).toEqual(['ab', 'left x', 'c']);
  });

  it('is sent whole in frames of at most 64 KiB, however it came', async () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, async (sizes) => {
        const outlet = createOutlet(noPicture);
        const said = sizes.map((size, i) => Buffer.alloc(size, i + 1));
        const frames = outlet.frames();
        const got: Buffer[] = [];
        const reading = (async () => {
          for await (const { frame } of frames) if (frame?.$case === 'data') got.push(frame.value);
        })();
        for (const piece of said) {
          outlet.data(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        outlet.close();
        await reading;
        expect(Buffer.concat(got).equals(Buffer.concat(said))).toBe(true);
        expect(Math.max(0, ...got.map(({ length }) => length))).toBeLessThanOrEqual(maxFrameBytes);
      }),
      { numRuns: 30 },
    );
  });

  it('is replaced by the screen as it is when it became too much, and the notices are kept', async () => {
    let screen = 'too early';
    const outlet = createOutlet(() => Buffer.from(screen));
    outlet.data(Buffer.alloc(maxWaitingBytes, 'x'));
    outlet.event(left('x'));
    outlet.data(Buffer.from('one more'));
    outlet.data(Buffer.from('and more'));
    outlet.event(left('y'));
    screen = '<screen>';
    const frames = outlet.frames();
    const first = [await frames.next(), await frames.next(), await frames.next()];
    outlet.data(Buffer.from('live'));
    outlet.close();
    const rest = await all({ [Symbol.asyncIterator]: () => frames });
    expect(first.map(({ value }) => brief(value))).toEqual(['left x', 'left y', '<screen>']);
    expect(rest.map(brief)).toEqual(['live']);
  });

  it('is bounded also when it comes in the smallest pieces', async () => {
    const outlet = createOutlet(() => Buffer.from('<screen>'));
    for (let i = 0; i < 5000; i += 1) outlet.data(Buffer.from('x'));
    for (let i = 0; i < 5000; i += 1) outlet.event(left(`${i}`));
    const frames = outlet.frames();
    const first = await frames.next();
    expect(brief(first.value)).toBe(`left ${5000 - 2048}`);
    outlet.close();
    await frames.return(undefined);
  });
});
