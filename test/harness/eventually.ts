import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Reads again and again until `accept` says yes; answers what was read then.
 * @throws when that does not happen in time, with what was read last
 */
export async function eventually<T>(
  read: () => T | Promise<T>,
  accept: (value: T) => boolean = Boolean,
  {
    what = 'what was waited for',
    withinMs = 15_000,
    everyMs = 5,
  }: { what?: string; withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (performance.now() > until)
      throw new Error(`${what} did not happen within ${withinMs} ms; last: ${show(value)}`);
    await sleep(everyMs);
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${item}` : item), 1);
  return (text ?? String(value)).slice(0, 4_000);
}
