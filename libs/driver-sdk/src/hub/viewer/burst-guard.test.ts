import { describe, expect, it } from 'vitest';
import { createBurstGuard } from './burst-guard.ts';

describe('a paste whose beginning was dropped', () => {
  it('is dropped to its end, however long that takes', () => {
    let now = 0;
    const guard = createBurstGuard(() => now);
    expect(guard.passes(false)).toBe(false);
    for (now = 400; now < 4000; now += 400) expect(guard.passes(true)).toBe(false);
  });

  it('does not keep what is typed after a pause from passing', () => {
    let now = 0;
    const guard = createBurstGuard(() => now);
    guard.passes(false);
    now = 500;
    expect(guard.passes(true)).toBe(true);
    expect(guard.passes(true)).toBe(true);
  });

  it('does not keep what is typed after taking the pen from passing', () => {
    const guard = createBurstGuard(() => 0);
    guard.passes(false);
    guard.forgive();
    expect(guard.passes(true)).toBe(true);
  });
});
