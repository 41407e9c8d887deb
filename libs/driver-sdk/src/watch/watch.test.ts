import { describe, expect, it } from 'vitest';
import { createLimiter } from './limiter.ts';
import { pageOf } from './paging.ts';
import { createWatchQueue, type Notice } from './watch-queue.ts';

async function take<T>(notices: AsyncGenerator<Notice<T>>, count: number): Promise<Notice<T>[]> {
  const taken: Notice<T>[] = [];
  while (taken.length < count) {
    const { value, done } = await notices.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

describe('a watch queue', () => {
  it('DRV-WATCH-7 lets newer news about a thing replace older, so that a slow watcher costs one entry each', async () => {
    const queue = createWatchQueue<number>();
    for (let i = 0; i < 10_000; i += 1) queue.put(`thing ${i % 2}`, i);
    queue.synced();
    queue.synced();
    const notices = await take(queue.notices(new AbortController().signal), 3);
    expect(notices).toEqual([{ kind: 'item', item: 9998 }, { kind: 'item', item: 9999 }, { kind: 'synced' }]);
  });

  it('sends a heartbeat after silence, also when it is woken for nothing', async () => {
    const queue = createWatchQueue<number>(30);
    const nothing = setInterval(() => queue.synced(), 5);
    const notices = await take(queue.notices(new AbortController().signal), 3);
    clearInterval(nothing);
    expect(notices.map(({ kind }) => kind)).toEqual(['synced', 'heartbeat', 'heartbeat']);
  });

  it('ends with the reason of its signal, and with the error of its source', async () => {
    const abort = new AbortController();
    const waiting = take(createWatchQueue<number>().notices(abort.signal), 1);
    abort.abort(new Error('drained'));
    await expect(waiting).rejects.toThrow('drained');
    const queue = createWatchQueue<number>();
    queue.fail(new Error('source'));
    await expect(take(queue.notices(new AbortController().signal), 1)).rejects.toThrow('source');
  });
});

describe('a limiter', () => {
  it('DRV-WATCH-7 lets only so many run at once, in order, and goes on after failures', async () => {
    const limiter = createLimiter(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = Array.from({ length: 20 }, (_, i) =>
      limiter(async () => {
        order.push(i);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (i % 3 === 0) throw new Error('one of three');
      }),
    );
    const results = await Promise.allSettled(work);
    expect(most).toBe(2);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(7);
  });
});

describe('paging', () => {
  it('goes on after the last id, also when it has gone meanwhile', () => {
    const all = ['a', 'b', 'c', 'd'];
    const id = (item: string) => item;
    const first = pageOf(all, id, { pageSize: 2, pageToken: '' });
    expect(first.items).toEqual(['a', 'b']);
    const second = pageOf(['a', 'c', 'd'], id, { pageSize: 2, pageToken: first.nextPageToken });
    expect(second).toEqual({ items: ['c', 'd'], nextPageToken: '' });
  });

  it('takes 0 for 500 and more than 1000 for 1000', () => {
    const all = Array.from({ length: 1500 }, (_, i) => String(i).padStart(5, '0'));
    const id = (item: string) => item;
    expect(pageOf(all, id, { pageSize: 0, pageToken: '' }).items).toHaveLength(500);
    expect(pageOf(all, id, { pageSize: 5000, pageToken: '' }).items).toHaveLength(1000);
  });
});
