import { expect, it } from 'vitest';
import { createWindowedCounts } from './windowed-counts.ts';

it('counts by name until the window ends, and whoever makes names up shares a count with the rest', () => {
  let now = 0;
  const counts = createWindowedCounts({ windowMs: 1_000, entries: 2 }, () => now);
  for (const name of ['a', 'a', 'b', 'c', 'd', 'e']) counts.add(name);
  expect(['a', 'b', 'c', 'new'].map((name) => counts.of(name))).toEqual([2, 1, 3, 3]);
  now = 1_000;
  expect(['a', 'c'].map((name) => counts.of(name))).toEqual([0, 0]);
});
