import { expect, it, vi } from 'vitest';
import { manualClock } from '../../testing.ts';
import { createJobQueue } from './create-job-queue.ts';

const start = (fate: 'completes' | 'fails' | 'hangs' = 'completes') => {
  const clock = manualClock();
  return { clock, queue: createJobQueue({ clock, durationMs: 1000, capacity: 3, fate: () => fate }) };
};
const nothing = async () => {};

it('brings a job from New over Scheduled and Running to Completed, and works at its end', async () => {
  const { clock, queue } = start();
  const work = vi.fn(nothing);
  const job = queue.create('Config', 500, work);
  const seen: string[] = [job.status];
  for (const ms of [0, 499, 1, 999]) {
    clock.advance(ms);
    seen.push(job.status);
  }
  expect(seen).toEqual(['New', 'Scheduled', 'Scheduled', 'Running', 'Running']);
  expect(work).not.toHaveBeenCalled();
  expect(queue.unfinished('Config')).toBe(true);
  clock.advance(1);
  await expect.poll(() => job.status).toBe('Completed');
  expect(work).toHaveBeenCalledOnce();
  expect(queue.unfinished('Config')).toBe(false);
});

it('leaves a job without a beginning at New, and one that fails undone', () => {
  const { clock, queue } = start('fails');
  const work = vi.fn(nothing);
  const waiting = queue.create('a', undefined, work);
  const failing = queue.create('b', 0, work);
  clock.advance(3_600_000);
  expect([waiting.status, failing.status]).toEqual(['New', 'Failed']);
  expect(work).not.toHaveBeenCalled();
});

it('does not go on with a job that was deleted', () => {
  const { clock, queue } = start();
  const work = vi.fn(nothing);
  const job = queue.create('a', 0, work);
  expect(queue.delete(job.id)).toBe(true);
  expect(queue.delete(job.id)).toBe(false);
  clock.advance(60_000);
  expect(work).not.toHaveBeenCalled();
});

it('is full until jobs are deleted, ended ones too', async () => {
  const { clock, queue } = start();
  const ids = ['a', 'b', 'c'].map((name) => queue.create(name, 0, nothing).id);
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^JID_\d{12}$/);
  clock.advance(60_000);
  await expect.poll(() => queue.jobs.map(({ status }) => status)).toEqual(Array(3).fill('Completed'));
  expect(queue.full).toBe(true);
  queue.delete('JID_CLEARALL');
  expect([queue.full, queue.jobs]).toEqual([false, []]);
});
