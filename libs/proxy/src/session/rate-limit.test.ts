import { describe, expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

describe('a rate limit', () => {
  it('lets a burst pass, then as many as time allows, and says how long to wait', () => {
    let now = 0;
    const limit = createRateLimit({ burst: 2, perSecond: 0.5 }, () => now);
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 2_000]);
    now = 1_000;
    expect(limit.take('a')).toBe(1_000);
    now = 2_000;
    expect(limit.take('a')).toBe(0);
    expect(limit.take('a')).toBe(2_000);
  });

  it('keeps addresses apart', () => {
    const limit = createRateLimit({ burst: 1, perSecond: 1 }, () => 0);
    expect([limit.take('a'), limit.take('b')]).toEqual([0, 0]);
  });

  it('forgets the addresses that came longest ago, so that its memory is bounded', () => {
    const limit = createRateLimit({ burst: 1, perSecond: 1 }, () => 0);
    limit.take('first');
    for (let i = 0; i < 10_500; i++) limit.take(`address ${i}`);
    expect(limit.size).toBe(10_000);
    expect(limit.take('first')).toBe(0);
  });
});
