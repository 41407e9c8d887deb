import { setTimeout as pause } from 'node:timers/promises';

/** Asks every half second, because a question may start a process. @throws when it is not so in time, with what was answered last */
export async function withinMs<T>(ms: number, what: string, ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > until) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(500);
  }
}
