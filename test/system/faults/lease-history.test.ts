import { expect, it } from 'vitest';
import { checkLeases, type LeaseEntry } from './lease-history.ts';

const entry = (at: number, owner: string, fence: number, expiresAt: number): LeaseEntry => ({
  ...{ at, consoleId: 'c', owner, fence, expiresAt },
});
const held = entry(0, 'a', 1, 100);

it('has nothing against renewing, giving back, expiring', () => {
  expect(checkLeases([held, entry(50, 'a', 1, 150), entry(60, '', 1, 0), entry(61, 'b', 2, 161)])).toEqual(
    [],
  );
  expect(checkLeases([held, entry(100, 'b', 2, 200), entry(300, 'a', 3, 400)])).toEqual([]);
});

it('sees a lease that two have, a fence that stands still, and one that falls', () => {
  expect(checkLeases([held, entry(99, 'b', 2, 199)])).toEqual([expect.stringContaining('1 ms too early')]);
  expect(checkLeases([held, entry(100, 'b', 1, 200)])).toEqual([expect.stringContaining('did not grow')]);
  expect(checkLeases([entry(0, 'a', 2, 100), entry(50, 'a', 1, 150)])).toEqual([
    expect.stringContaining('fell'),
  ]);
});
