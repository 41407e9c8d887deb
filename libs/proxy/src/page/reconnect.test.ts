import { describe, expect, it } from 'vitest';
import { giveUpAfterMs, nextDelay } from './reconnect.ts';

describe('trying again by itself', () => {
  it('doubles from half a second to eight seconds and stays inside a minute', () => {
    const delays: number[] = [];
    let elapsedMs = 0;
    for (;;) {
      const delay = nextDelay({ failures: delays.length, elapsedMs });
      if (delay === undefined) break;
      delays.push(delay);
      elapsedMs += delay;
    }
    expect(delays.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(elapsedMs).toBeLessThanOrEqual(giveUpAfterMs);
    expect(elapsedMs).toBeGreaterThan(giveUpAfterMs - 8000);
  });

  it('never comes earlier than the server asked for', () => {
    expect(nextDelay({ failures: 0, elapsedMs: 0, retryAfterMs: 5000 })).toBe(5000);
    expect(nextDelay({ failures: 4, elapsedMs: 0, retryAfterMs: 100 })).toBe(8000);
    expect(nextDelay({ failures: 0, elapsedMs: 0, retryAfterMs: null })).toBe(500);
  });

  it('gives up rather than promise an attempt after the limit', () => {
    expect(nextDelay({ failures: 0, elapsedMs: 0, retryAfterMs: giveUpAfterMs + 1 })).toBeUndefined();
    expect(nextDelay({ failures: 9, elapsedMs: giveUpAfterMs })).toBeUndefined();
  });
});
