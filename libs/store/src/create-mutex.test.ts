import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMutex } from './create-mutex.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('lets callers in one at a time, in the order they came', async () => {
  const mutex = createMutex(1_000);
  const order: string[] = [];
  await mutex.acquire();
  const second = mutex.acquire().then(() => order.push('second'));
  const third = mutex.acquire().then(() => order.push('third'));
  mutex.release();
  await second;
  expect(order).toEqual(['second']);
  mutex.release();
  await third;
  expect(order).toEqual(['second', 'third']);
});

test('refuses a caller whose turn does not come in time, and no other', async () => {
  const mutex = createMutex(1_000);
  await mutex.acquire();
  const late = expect(mutex.acquire()).rejects.toMatchObject({ reason: 'busy', retryable: true });
  await vi.advanceTimersByTimeAsync(600);
  const patient = mutex.acquire();
  await vi.advanceTimersByTimeAsync(400);
  await late;
  mutex.release();
  await patient;
});

test('refuses more waiters than a bound, and takes them again when there are fewer', async () => {
  const mutex = createMutex(1_000, 1);
  await mutex.acquire();
  const first = mutex.acquire();
  await expect(mutex.acquire()).rejects.toThrow('too many');
  mutex.release();
  await first;
  const next = mutex.acquire();
  mutex.release();
  await next;
});

test('refuses everybody once closed, and closes when the one inside has left', async () => {
  const mutex = createMutex(1_000);
  await mutex.acquire();
  const waiting = expect(mutex.acquire()).rejects.toMatchObject({ reason: 'closed' });
  let closed = false;
  const closing = mutex.close().then(() => {
    closed = true;
  });
  await waiting;
  expect(closed).toBe(false);
  mutex.release();
  await closing;
  await expect(mutex.acquire()).rejects.toMatchObject({ reason: 'closed' });
});

test('closes after the deadline when the one inside never leaves', async () => {
  const mutex = createMutex(1_000);
  await mutex.acquire();
  const closing = mutex.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await closing;
});
