import { expect, test } from 'vitest';
import { systemScheduler } from '../scheduler.ts';
import { createLimiter } from './limits.ts';
import { createRounds, type RoundsOptions } from './rounds.ts';

/** Rounds that wait to be told how they end, and what they did. */
function subject(most = 10) {
  const began: string[] = [];
  const failed: string[] = [];
  const open: { id: string; end(more?: boolean): void; fail(error: Error): void; signal: AbortSignal }[] = [];
  const round: RoundsOptions['round'] = (id, signal) => {
    began.push(id);
    return new Promise((resolve, reject) => {
      open.push({ id, end: (more = false) => resolve(more), fail: reject, signal });
    });
  };
  const rounds = createRounds({
    ...{ scheduler: systemScheduler, limiter: createLimiter(most), round },
    onFailed: (id, error, stopped) => void failed.push(`${id}: ${(error as Error).message}, ${stopped}`),
  });
  return { rounds, began, failed, open };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what happens during a round is looked at in one more, however often it happened', async () => {
  const { rounds, began, open } = subject();
  rounds.wake('a');
  rounds.wake('a');
  rounds.wake('a');
  await turn();
  expect(began).toEqual(['a']);
  open[0]!.end();
  await turn();
  expect(began).toEqual(['a', 'a']);
  open[1]!.end();
  await turn();
  expect(began).toHaveLength(2);
  expect(rounds.isRunning('a')).toBe(false);
});

test('a round that asks for another gets it at once, and lets others in between', async () => {
  const { rounds, began, open } = subject(1);
  rounds.wake('a');
  rounds.wake('b');
  await turn();
  open[0]!.end(true);
  await turn();
  expect(began).toEqual(['a', 'b']);
  open[1]!.end();
  await turn();
  expect(began).toEqual(['a', 'b', 'a']);
});

test('a wake takes the place of the timer', async () => {
  const { rounds, began, open } = subject();
  rounds.wakeLater('a', 3_600_000);
  rounds.wake('a');
  await turn();
  open[0]!.end();
  await rounds.ended();
  expect(began).toEqual(['a']);
});

test('a timer wakes', async () => {
  const { rounds, began, open } = subject();
  rounds.wakeLater('a', 1);
  await expect.poll(() => began).toEqual(['a']);
  open[0]!.end();
  await rounds.ended();
});

test('stopping aborts the round and says so to whoever hears of its failure', async () => {
  const { rounds, failed, open } = subject();
  rounds.wake('a');
  await turn();
  rounds.stop('a');
  expect(open[0]!.signal.aborted).toBe(true);
  open[0]!.fail(new Error('aborted'));
  await turn();
  expect(failed).toEqual(['a: aborted, true']);
});

test('after closing nothing begins, and nobody hears of what failed', async () => {
  const { rounds, began, failed, open } = subject();
  rounds.wake('a');
  rounds.wakeLater('b', 1);
  await turn();
  rounds.close();
  rounds.wake('c');
  open[0]!.fail(new Error('aborted'));
  await rounds.ended();
  await turn();
  expect([began, failed]).toEqual([['a'], []]);
});
