import { once } from 'node:events';
import { expect, it } from 'vitest';
import { deadline } from './index.ts';

it('fires when the time is up and says that it was the clock', async () => {
  using limit = deadline(5);
  await once(limit.signal, 'abort');
  expect(limit.expired).toBe(true);
  expect(String(limit.signal.reason)).toMatch(/5 ms/);
});

it("passes on the caller's abort with its reason", () => {
  const caller = new AbortController();
  using limit = deadline(60_000, caller.signal);
  caller.abort('stop');
  expect(limit.signal.reason).toBe('stop');
  expect(limit.expired).toBe(false);
});

it('starts aborted when the caller already has', () => {
  using limit = deadline(undefined, AbortSignal.abort('gone'));
  expect(limit.signal.aborted).toBe(true);
});
