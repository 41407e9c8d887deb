import { describe, expect, it } from 'vitest';
import { clock, marksOf, span, whyNot } from './log-words.ts';

const bare = { size: undefined, reason: undefined, message: undefined, bytes: undefined };
const mark = (at: number, event: string, more = {}) => ({ at, mark: { ...bare, event, ...more } });
const text = (at: number) => ({ at, data: new Uint8Array(1) });

describe('what happened on a recorded line', () => {
  it('is told in words, but not the size that it begins with', () => {
    const marks = marksOf([
      mark(0, 'resized', { size: { columns: 80, rows: 24 } }),
      mark(1, 'started', { size: { columns: 80, rows: 24 } }),
      text(2),
      mark(3, 'lost', { reason: 'BMC_TIMEOUT' }),
      mark(4, 'lost', { reason: 'SOMETHING_NEW' }),
      mark(5, 'restored'),
      mark(6, 'resized', { size: { columns: 132, rows: 43 } }),
      mark(7, 'gap', { bytes: 9, message: 'The disk was full.' }),
      mark(8, 'missing', { message: 'The beginning was deleted.' }),
      mark(9, 'of a later version'),
    ]);
    expect(marks.map(({ at }) => at)).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
    expect(marks.map(({ words }) => words)).toEqual([
      'Recording began',
      expect.stringMatching(/^The machine was lost: \w+/),
      'The machine was lost: SOMETHING_NEW',
      'The machine is back',
      'The screen became 132×43',
      '9 bytes are missing: The disk was full.',
      'The beginning was deleted.',
      'of a later version',
    ]);
  });

  it('is bounded', () => {
    expect(marksOf(Array.from({ length: 5_000 }, (_, n) => mark(n, 'restored'))).length).toBe(500);
  });
});

describe('words of the player', () => {
  it('say why there is nothing to play', () => {
    expect(whyNot('CAPABILITY_MISSING', undefined)).toBe(
      'There is no log. Nothing of this console was recorded.',
    );
    expect(whyNot('RATE_LIMITED', 'Too many readings.')).toBe('The log cannot be read: Too many readings.');
  });

  it('tell moments and durations', () => {
    expect(clock(new Date(2026, 10, 5, 7, 3, 9).getTime())).toBe('2026-11-05 07:03:09');
    expect([0, 42_900, 3_723_000].map(span)).toEqual(['0:00', '0:42', '1:02:03']);
  });
});
