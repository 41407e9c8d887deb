import { MeshError } from '@consolemesh/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from './retry-delay.ts';

const lost = new MeshError('UPSTREAM_LOST');

describe('the wait before a line is opened again', () => {
  it('doubles from a second to a minute', () => {
    expect([1, 2, 3, 7, 8, 1000].map((failures) => retryDelay(failures, lost, 0.5))).toEqual([
      1_000, 2_000, 4_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('is spread by a quarter, up and down', () => {
    expect(retryDelay(3, lost, 0)).toBe(3_000);
    expect(retryDelay(3, lost, 1)).toBe(5_000);
  });

  it('is the one that the machine asks for, within reason', () => {
    const asks = (retry_after_ms: string) =>
      new MeshError('BMC_BUSY', 'busy', { metadata: { retry_after_ms } });
    expect(retryDelay(1, asks('180000'), 0.9)).toBe(180_000);
    expect(retryDelay(1, asks('1'), 0.9)).toBe(1_000);
    expect(retryDelay(1, asks('999999999'), 0.9)).toBe(900_000);
    for (const nonsense of ['', 'soon', '-5', 'NaN']) expect(retryDelay(1, asks(nonsense), 0.5)).toBe(1_000);
  });

  it('is never shorter than three quarters of a second nor longer than 75 seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const ms = retryDelay(failures, lost, random);
          expect(ms >= 750 && ms <= 75_000).toBe(true);
        },
      ),
    );
  });
});
