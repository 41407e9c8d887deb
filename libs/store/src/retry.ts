import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits before another attempt: between half of `base * 2^attempt` and all of it, 200 ms at most, so that those who
 * collided do not collide again.
 */
export async function backOff(attempt: number, baseMs = 4): Promise<void> {
  const longest = Math.min(200, baseMs * 2 ** attempt);
  await sleep(longest * (0.5 + Math.random() / 2));
}
