import { describe, expect, it } from 'vitest';
import { busy, type Contest, createTakeBacks, mayTake, readLoss, takenAway } from './etiquette.ts';
import { ipmiNode } from './testing/ipmi-node.ts';
import { usualTimings } from './timings.ts';

const nothing: Contest = { taken: false, takeBack: false, leftByUs: false, alone: false };
const parts = (info = {}) => ({ node: ipmiNode(info), timings: usualTimings, random: () => 0.5 });

describe('a console that somebody has', () => {
  it.each<[string, Partial<Contest>, { never: boolean; stale: boolean; always: boolean }]>([
    ['whose owner is there', {}, { never: false, stale: false, always: true }],
    ['whose owner is gone', { alone: true }, { never: false, stale: true, always: true }],
    ['that we have left behind', { leftByUs: true }, { never: true, stale: true, always: true }],
    ['that was taken from us', { taken: true }, { never: false, stale: false, always: false }],
    [
      'that was taken from us by somebody who is gone',
      { taken: true, alone: true },
      { never: false, stale: true, always: true },
    ],
    ['that may be taken back', { taken: true, takeBack: true }, { never: true, stale: true, always: true }],
  ])('%s is taken as ipmi_sol_take_over says', (_what, contest, expected) => {
    for (const [rule, may] of Object.entries(expected)) {
      expect([rule, mayTake(rule as keyof typeof expected, { ...nothing, ...contest })]).toEqual([rule, may]);
    }
  });
});

describe('what is told of a console that was taken away', () => {
  it('is read again when it is opened the next time', () => {
    const lost = (info: object, back?: number) => readLoss(takenAway({ id: 7 }, back, parts(info)));
    expect(lost({ ipmi_sol_reclaim: 'always' }, 5_000)).toEqual({ taken: true, takeBack: true });
    expect(lost({ ipmi_sol_reclaim: 'idle' })).toEqual({ taken: true, takeBack: false });
    expect(readLoss(busy({ id: 7 }, true, parts()))).toEqual({ taken: true, takeBack: false });
    expect(readLoss(busy({ id: 7 }, false, parts()))).toEqual({ taken: false, takeBack: false });
    expect(readLoss(undefined)).toEqual({ taken: false, takeBack: false });
  });

  it('says when to come again: never by itself, when it may be free, or when it is taken back', () => {
    const after = (reclaim: string, back?: number) =>
      Number(takenAway(undefined, back, parts({ ipmi_sol_reclaim: reclaim })).metadata.retry_after_ms);
    expect(after('never')).toBe(900_000);
    expect(after('idle')).toBe(usualTimings.busyMs);
    expect(after('always', 7_000)).toBe(7_000);
    expect(after('always')).toBe(usualTimings.busyMs);
  });
});

describe('taking back', () => {
  it('comes later each time, ends after three times, and begins anew after ten minutes', () => {
    let now = 1_000_000;
    const takeBacks = createTakeBacks(
      usualTimings,
      () => now,
      () => 0.5,
    );
    expect([1, 2, 3, 4].map(() => takeBacks.next('a'))).toEqual([5_000, 10_000, 20_000, undefined]);
    expect(takeBacks.next('b')).toBe(5_000);
    now += 10 * 60_000;
    expect(takeBacks.next('a')).toBe(5_000);
  });

  it('is spread by a quarter', () => {
    const first = (random: number) =>
      createTakeBacks(
        usualTimings,
        () => 1,
        () => random,
      ).next('a');
    expect([first(0), first(1)]).toEqual([3_750, 6_250]);
  });
});
