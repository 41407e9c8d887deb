import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createTimeline } from './timeline.ts';

const at = (...times: number[]) => times.map((time) => ({ at: time, data: new Uint8Array() }));

describe('the timeline of a log', () => {
  it('keeps the gaps as they were, or shortens long ones', () => {
    const pieces = at(1_000, 1_500, 61_500, 62_500);
    expect(createTimeline(pieces, false).length).toBe(61_500);
    expect(createTimeline(pieces, true).length).toBe(3_500);
  });

  it('says how many pieces are shown, the first from the beginning on', () => {
    const { countAt } = createTimeline(at(1_000, 1_500, 1_500, 9_000), true);
    expect([-1, 0, 499, 500, 2_499, 2_500, 9_999].map(countAt)).toEqual([0, 1, 1, 3, 3, 4, 4]);
  });

  it('tells the time of the wall clock, in proportion within a gap that is shortened', () => {
    const { wallAt, positionOf } = createTimeline(at(1_000, 101_000), true);
    expect([0, 1_000, 2_000, 5_000].map(wallAt)).toEqual([1_000, 51_000, 101_000, 101_000]);
    expect([0, 1_000, 51_000, 101_000, 999_999].map(positionOf)).toEqual([0, 0, 1_000, 2_000, 2_000]);
  });

  it('has no time for a clock that was set back, and none at all for nothing', () => {
    const back = createTimeline(at(5_000, 1_000, 6_000), false);
    expect([back.length, back.countAt(0), back.wallAt(0)]).toEqual([1_000, 2, 5_000]);
    const empty = createTimeline([], true);
    expect([empty.length, empty.countAt(0), empty.wallAt(7), empty.positionOf(7)]).toEqual([0, 0, 0, 0]);
  });

  property.prop([
    fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 50 }),
    fc.boolean(),
    fc.nat(500_000),
  ])('finds the way from the wall clock to a position and back', (gaps, skips, wanted) => {
    let time = 0;
    const times = gaps.map((gap) => {
      time += gap;
      return time;
    });
    const { length, wallAt, positionOf, countAt } = createTimeline(at(...times), skips);
    const position = Math.min(wanted, length);
    expect(positionOf(wallAt(position))).toBeCloseTo(position, 3);
    expect(countAt(length)).toBe(times.length);
    expect(countAt(position)).toBeGreaterThanOrEqual(1);
  });
});
