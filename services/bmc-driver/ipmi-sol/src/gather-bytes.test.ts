import { createManualClock } from '@consolemesh/ipmi/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBeat, gatherBytes } from './gather-bytes.ts';

function stage() {
  const clock = createManualClock();
  const pieces: string[] = [];
  const gatherer = gatherBytes((bytes) => pieces.push(bytes.toString('latin1')), createBeat(clock));
  return { clock, pieces, add: (text: string) => gatherer.add(Buffer.from(text)), flush: gatherer.flush };
}

it('what comes after a pause is passed on at once', async () => {
  const { clock, pieces, add } = stage();
  add('a');
  expect(pieces).toEqual(['a']);
  await clock.advance(40);
  expect(clock.armed).toBe(0);
  add('b');
  expect(pieces).toEqual(['a', 'b']);
});

it('what follows is passed on together, at the next beat', async () => {
  const { clock, pieces, add } = stage();
  for (const letter of 'abcd') add(letter);
  expect(pieces).toEqual(['a']);
  await clock.advance(40);
  expect(pieces).toEqual(['a', 'bcd']);
  add('e');
  await clock.advance(39);
  expect(pieces).toEqual(['a', 'bcd']);
  await clock.advance(1);
  expect(pieces).toEqual(['a', 'bcd', 'e']);
});

it('what many lines say is passed on in one turn, by one timer', async () => {
  const clock = createManualClock();
  const beat = createBeat(clock);
  const pieces: string[] = [];
  const lines = ['a', 'b', 'c'].map((name) => ({
    name,
    ...gatherBytes((bytes) => pieces.push(`${bytes}`), beat),
  }));
  for (const { name, add } of lines) {
    add(Buffer.from(name));
    await clock.advance(10);
    add(Buffer.from(name.toUpperCase()));
  }
  expect([pieces.join(''), clock.armed]).toEqual(['abc', 1]);
  clock.step();
  expect(pieces.join('')).toBe('abcABC');
});

it('much is passed on without waiting', () => {
  const { pieces, add } = stage();
  add('a');
  add('b'.repeat(16 * 1024));
  expect(pieces.map(({ length }) => length)).toEqual([1, 16 * 1024]);
});

it('nothing is lost or turned round, however it comes', async () => {
  const steps = fc.array(fc.tuple(fc.string({ unit: 'binary-ascii' }), fc.integer({ min: 0, max: 50 })));
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { clock, pieces, add, flush } = stage();
      for (const [text, ms] of all) {
        add(text);
        await clock.advance(ms);
      }
      flush();
      expect(pieces.join('')).toBe(all.map(([text]) => text).join(''));
    }),
    { numRuns: 50 },
  );
});
