import { MeshError, type Reason } from '@consolemesh/errors';
import { describe, expect, it, vi } from 'vitest';
import { type BreakerCall, createBreaker, fingerprintOf, type Login } from './breaker.ts';

const login = (fingerprint: string, field = ''): Login => ({ field, fingerprint });
/** A node whose password for the BMC and whose password for its console server are two. */
const web = login('w', 'driver_secrets.web');
const vnc = login('v', 'driver_secrets.vnc');

function world() {
  let now = 1_000_000;
  let tried = 0;
  const breaker = createBreaker(
    () => now,
    () => 0.5,
  );
  const call = (over: Partial<BreakerCall> = {}) => ({ bmc: 'b', logins: [login('c')], ...over });
  const attempt = async (
    reason?: Reason,
    over: Partial<BreakerCall> = {},
    metadata: Record<string, string> = {},
  ) => {
    try {
      await breaker.guard(call(over), async () => {
        tried += 1;
        if (reason) throw new MeshError(reason, undefined, { metadata });
      });
      return 'OK';
    } catch (error) {
      return (error as MeshError).reason;
    }
  };
  /** A call whose work ends when the test says so. */
  const hold = (over: Partial<BreakerCall> = {}) => {
    let end: (reason?: Reason) => void = () => {};
    const work = new Promise<void>((resolve, reject) => {
      end = (reason) => (reason ? reject(new MeshError(reason)) : resolve());
    });
    const result = breaker
      .guard(call(over), () => {
        tried += 1;
        return work;
      })
      .then(
        () => 'OK',
        (error: MeshError) => error.reason,
      );
    return { end, result };
  };
  return { attempt, hold, breaker, tried: () => tried, pass: (ms: number) => (now += ms) };
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
    expect(await attempt(undefined, { logins: [login('new')] })).toBe('OK');
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

  it('lets somebody try by hand, and forgets failures after a success', async () => {
    const { attempt } = world();
    for (let i = 0; i < 5; i += 1) await attempt('BMC_REFUSED');
    expect(await attempt(undefined, { byHand: true })).toBe('OK');
    expect(await attempt()).toBe('OK');
  });

  it('says how many machines it leaves alone and how many logins it does not try', async () => {
    const { attempt, breaker, pass } = world();
    for (let i = 0; i < 5; i += 1) await attempt('BMC_TIMEOUT', { bmc: 'deaf' });
    await attempt('BMC_AUTHENTICATION_FAILED', { bmc: 'strict' });
    expect(breaker.counts()).toEqual({ open: 1, refused: 1 });
    pass(60_000);
    expect(breaker.counts()).toEqual({ open: 0, refused: 1 });
  });

  it('does not count a machine that is busy with somebody and says when to come again', async () => {
    const { attempt, breaker } = world();
    for (let i = 0; i < 10; i += 1) await attempt('BMC_BUSY', {}, { retry_after_ms: '45000' });
    expect(await attempt()).toBe('OK');
    for (let i = 0; i < 5; i += 1) await attempt('BMC_BUSY');
    expect(breaker.counts().open).toBe(1);
  });

  it('does not count what is no failure of the machine', async () => {
    const { attempt, tried } = world();
    for (let i = 0; i < 10; i += 1) await attempt('CANCELLED');
    expect(tried()).toBe(10);
  });
});

describe('logins that were not accepted yet', () => {
  it('are tried by one call at a time, and by no other when they are refused', async () => {
    const { hold, tried } = world();
    const calls = Array.from({ length: 5 }, () => hold());
    await expect.poll(tried).toBe(1);
    calls[0]!.end('BMC_AUTHENTICATION_FAILED');
    const results = await Promise.all(calls.map(({ result }) => result));
    expect(results).toEqual(Array(5).fill('BMC_AUTHENTICATION_FAILED'));
    expect(tried()).toBe(1);
  });

  it('are tried by all who wait as soon as they are accepted, and by nobody else in turn', async () => {
    const { hold, tried } = world();
    const calls = Array.from({ length: 5 }, () => hold());
    calls[0]!.end();
    await expect.poll(tried).toBe(5);
    const late = hold();
    await expect.poll(tried).toBe(6);
    for (const { end } of [...calls, late]) end();
    expect(await late.result).toBe('OK');
  });

  it('are tried by the next when the machine does not answer the first', async () => {
    const { hold, tried } = world();
    const [first, second, third] = [hold(), hold(), hold()];
    first.end('BMC_TIMEOUT');
    expect(await first.result).toBe('BMC_TIMEOUT');
    await expect.poll(tried).toBe(2);
    second.end('BMC_AUTHENTICATION_FAILED');
    expect(await third.result).toBe('BMC_AUTHENTICATION_FAILED');
    expect(tried()).toBe(2);
  });

  it('are not known after a call that may not have needed them', async () => {
    const { attempt, hold, tried } = world();
    await attempt(undefined, { provesNothing: true });
    const calls = [hold(), hold()];
    await expect.poll(tried).toBe(2);
    calls[0]!.end('BMC_AUTHENTICATION_FAILED');
    expect(await calls[1]!.result).toBe('BMC_AUTHENTICATION_FAILED');
    expect(tried()).toBe(2);
  });

  it('are waited for only as long as the caller waits, and not without end', async () => {
    const { hold, tried } = world();
    const first = hold();
    const caller = new AbortController();
    const cancelled = hold({ signal: caller.signal });
    caller.abort();
    expect(await cancelled.result).toBe('CANCELLED');
    const waiting = Array.from({ length: 64 }, () => hold());
    expect(await hold().result).toBe('BMC_BUSY');
    expect(tried()).toBe(1);
    first.end('BMC_AUTHENTICATION_FAILED');
    for (const { result } of waiting) expect(await result).toBe('BMC_AUTHENTICATION_FAILED');
  });

  it('are given up when the one before takes too long', async () => {
    vi.useFakeTimers();
    try {
      const { hold, tried } = world();
      const first = hold();
      const second = hold();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await second.result).toBe('BMC_BUSY');
      first.end();
      expect(await first.result).toBe('OK');
      expect(tried()).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keep nobody waiting who has others, or another machine', async () => {
    const { attempt, hold } = world();
    const first = hold();
    expect(await attempt(undefined, { logins: [login('other')] })).toBe('OK');
    expect(await attempt(undefined, { bmc: 'other' })).toBe('OK');
    first.end();
  });
});

describe('a refused login', () => {
  it('is not tried again after others were accepted at the same machine', async () => {
    const { attempt, tried } = world();
    for (let i = 0; i < 4; i += 1) {
      expect(await attempt('BMC_AUTHENTICATION_FAILED')).toBe('BMC_AUTHENTICATION_FAILED');
      expect(await attempt(undefined, { logins: [login('right')] })).toBe('OK');
    }
    expect(tried()).toBe(5);
  });

  it('is remembered whatever else is refused there, until very much is', async () => {
    const { attempt } = world();
    await attempt('BMC_AUTHENTICATION_FAILED');
    for (let i = 0; i < 100; i += 1)
      await attempt('BMC_AUTHENTICATION_FAILED', { logins: [login(`other ${i}`)] });
    expect(await attempt()).toBe('BMC_AUTHENTICATION_FAILED');
    for (let i = 0; i < 20_000; i += 1)
      await attempt('BMC_AUTHENTICATION_FAILED', { logins: [login(`more ${i}`)] });
    expect(await attempt()).toBe('OK');
  });

  it('keeps only those calls from a machine that would present it', async () => {
    const { attempt, breaker } = world();
    await attempt('BMC_AUTHENTICATION_FAILED', { logins: [web, vnc] }, { field: vnc.field });
    expect(await attempt(undefined, { logins: [web] })).toBe('OK');
    expect(await attempt(undefined, { logins: [web, vnc] })).toBe('BMC_AUTHENTICATION_FAILED');
    expect(breaker.refusals('b', [web])).toEqual([]);
    expect(breaker.refusals('b', [web, vnc])).toMatchObject([{ metadata: { field: vnc.field } }]);
  });

  it('is the one that the reason stands for when the error names none, else any', async () => {
    const { attempt } = world();
    const fields = { BMC_AUTHENTICATION_FAILED: web.field };
    await attempt('BMC_AUTHENTICATION_FAILED', { logins: [web, vnc], fields });
    expect(await attempt(undefined, { logins: [vnc] })).toBe('OK');
    expect(await attempt(undefined, { logins: [web] })).toBe('BMC_AUTHENTICATION_FAILED');
    await attempt('BMC_LOCKED_OUT', { bmc: 'other', logins: [web, vnc], fields });
    expect(await attempt(undefined, { bmc: 'other', logins: [vnc] })).toBe('BMC_LOCKED_OUT');
  });

  it('is a failure of the machine when it is none of the node’s', async () => {
    const { attempt, tried } = world();
    for (let i = 0; i < 6; i += 1)
      await attempt('BMC_LOCKED_OUT', { logins: [web] }, { field: 'driver_secrets.other' });
    expect(tried()).toBe(5);
    expect(await attempt(undefined, { logins: [web], byHand: true })).toBe('OK');
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
