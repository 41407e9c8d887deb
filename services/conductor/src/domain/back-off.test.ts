import { errorTable, type Reason } from '@consolemesh/errors';
import { fc, test as prop } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { backOffLimits, nextRetry } from './back-off.ts';

describe('when a failed attempt is followed by another', () => {
  test('refused credentials block until the access changes', () => {
    for (const reason of ['BMC_AUTHENTICATION_FAILED', 'BMC_LOCKED_OUT', 'BMC_PASSWORD_REQUIRED'] as const) {
      expect(nextRetry(reason, 3, 1_000, 'f', 0.5)).toEqual({
        kind: 'blocked',
        fingerprint: 'f',
        attempts: 3,
      });
    }
  });

  test('what may heal is tried after 1, 2, 4 … 60 seconds, what an operator has to mend after 1, 2 … 10 minutes', () => {
    const waits = (reason: Reason) =>
      [1, 2, 3, 20].map((attempts) => {
        const retry = nextRetry(reason, attempts, 0, 'f', 0.5);
        return retry.kind === 'at' ? retry.at : undefined;
      });
    expect(waits('BMC_UNREACHABLE')).toEqual([1_000, 2_000, 4_000, 60_000]);
    expect(waits('NO_DRIVER')).toEqual([60_000, 120_000, 240_000, 600_000]);
  });

  prop.prop([
    fc.constantFrom(...(Object.keys(errorTable) as Reason[])),
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  ])('every wait is bounded and later than now', (reason, attempts, random) => {
    const retry = nextRetry(reason, attempts, 5_000, 'f', random);
    if (retry.kind !== 'at') {
      expect(errorTable[reason].recovery).toBe('fix-credentials');
      return;
    }
    expect(retry.at).toBeGreaterThan(5_000);
    expect(retry.at - 5_000).toBeLessThanOrEqual(backOffLimits.slow.longest * 1.25);
  });
});
