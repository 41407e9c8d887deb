import { describe, expect, test } from 'vitest';
import { createManualScheduler } from '../testing/manual-scheduler.ts';
import { createLimiter, createPacer } from './limits.ts';

const signal = new AbortController().signal;

describe('the limiter', () => {
  test('lets so many run at once for a key, the next when one ends, and other keys beside them', async () => {
    const limiter = createLimiter(2);
    const ends: (() => void)[] = [];
    const begun: string[] = [];
    const start = (name: string, key = 'a') =>
      limiter.run(key, signal, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    const all = [start('1'), start('2'), start('3'), start('4'), start('x', 'b')];
    await Promise.resolve();
    expect(begun).toEqual(['1', '2', 'x']);
    ends.shift()!();
    await all[0];
    await Promise.resolve();
    expect(begun).toEqual(['1', '2', 'x', '3']);
    while (ends.length > 0) {
      ends.shift()!();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(all);
    expect(begun).toHaveLength(5);
  });

  test('hands the place on when a task fails, and forgets whoever gives up waiting', async () => {
    const limiter = createLimiter(1);
    const ended = new AbortController();
    const failing = limiter.run('a', signal, async () => {
      throw new Error('no');
    });
    const waiting = limiter.run('a', ended.signal, async () => 'never');
    ended.abort();
    await expect(failing).rejects.toThrow('no');
    await expect(waiting).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(await limiter.run('a', signal, async () => 'next')).toBe('next');
  });
});

describe('the pacer', () => {
  test('lets a burst of a tenth of a second through and then keeps the pace', async () => {
    const scheduler = createManualScheduler();
    const pace = createPacer(scheduler, 100);
    let passed = 0;
    for (let i = 0; i < 60; i++) {
      void pace(new AbortController().signal).then(() => {
        passed += 1;
      });
    }
    await scheduler.advance(0);
    expect(passed).toBe(10);
    await scheduler.advance(200);
    expect(passed).toBe(30);
  });
});
