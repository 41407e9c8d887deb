import { describe, expect, it } from 'vitest';
import { bytes, describeTraffic, duration } from './statistics.ts';

describe('figures', () => {
  it('are short', () => {
    expect([0, 999, 1000, 9_940, 12_345, 3_400_000].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '9.9 kB',
      '12 kB',
      '3.4 MB',
    ]);
    expect([0, 61_000, 3_661_000].map(duration)).toEqual(['0:00', '1:01', '1:01:01']);
  });

  it('are rates since the last look', () => {
    const before = { at: 1000, bytesIn: 0, bytesOut: 0, framesIn: 0 };
    const now = { at: 3000, bytesIn: 40_000, bytesOut: 200, framesIn: 9 };
    expect(describeTraffic(before, now, { width: 640, height: 480 }, 1000)).toBe(
      '640 × 480  ·  ↓ 20 kB/s  ·  ↑ 100 B/s  ·  40 kB received  ·  0:02',
    );
  });
});
