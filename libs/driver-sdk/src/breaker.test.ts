import { MeshError, type Reason } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { createBreaker, fingerprintOf } from './breaker.ts';

function world() {
  let now = 1_000_000;
  let tried = 0;
  const breaker = createBreaker(
    () => now,
    () => 0.5,
  );
  const attempt = async (
    reason?: Reason,
    over: { bmc?: string; credentials?: string; byHand?: boolean } = {},
  ) => {
    try {
      await breaker.guard({ bmc: 'b', credentials: 'c', ...over }, async () => {
        tried += 1;
        if (reason) throw new MeshError(reason);
      });
      return 'OK';
    } catch (error) {
      return (error as MeshError).reason;
    }
  };
  return { attempt, tried: () => tried, pass: (ms: number) => (now += ms) };
}

describe('a breaker', () => {
  it.each(['BMC_AUTHENTICATION_FAILED', 'BMC_PASSWORD_REQUIRED', 'BMC_LOCKED_OUT'] as const)(
    'never tries credentials again after %s, neither by hand nor after a day',
    async (reason) => {
      const { attempt, tried, pass } = world();
      await attempt(reason);
      pass(24 * 3600_000);
      expect(await attempt(undefined, { byHand: true })).toBe(reason);
      expect(tried()).toBe(1);
    },
  );

  it('tries other credentials, and the refused ones at another BMC, at once', async () => {
    const { attempt } = world();
    await attempt('BMC_AUTHENTICATION_FAILED');
    expect(await attempt(undefined, { bmc: 'other' })).toBe('OK');
    expect(await attempt(undefined, { credentials: 'new' })).toBe('OK');
  });

  it('DRV-KIND-4 leaves a machine alone after five failures in a row, longer each time but not for ever', async () => {
    const { attempt, tried, pass } = world();
    for (let i = 0; i < 5; i += 1) await attempt('BMC_TIMEOUT');
    expect(await attempt()).toBe('BMC_TIMEOUT');
    expect(tried()).toBe(5);
    pass(2_000);
    await attempt('BMC_TIMEOUT');
    pass(2_000);
    expect(await attempt()).toBe('BMC_TIMEOUT');
    expect(tried()).toBe(6);
    for (let i = 0; i < 20; i += 1) {
      pass(75_000);
      await attempt('BMC_TIMEOUT');
    }
    expect(tried()).toBe(26);
  });

  it('lets somebody try by hand, and forgets everything after a success', async () => {
    const { attempt } = world();
    for (let i = 0; i < 5; i += 1) await attempt('BMC_REFUSED');
    expect(await attempt(undefined, { byHand: true })).toBe('OK');
    expect(await attempt()).toBe('OK');
  });

  it('does not count what is no failure of the machine', async () => {
    const { attempt, tried } = world();
    for (let i = 0; i < 10; i += 1) await attempt('CANCELLED');
    expect(tried()).toBe(10);
  });
});

describe('a fingerprint', () => {
  it('does not depend on the order of keys, and shows nothing of what it was made of', () => {
    const print = fingerprintOf({ a: '1', b: { c: 'secret', d: 2n } });
    expect(fingerprintOf({ b: { d: 2n, c: 'secret' }, a: '1' })).toBe(print);
    expect(fingerprintOf({ a: '1', b: { c: 'Secret', d: 2n } })).not.toBe(print);
    expect(print).not.toContain('secret');
  });
});
