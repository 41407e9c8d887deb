import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessName, processesWith, signalProcess } from '../host/processes.ts';

/** How often it is looked whether they have ended, ms. */
const lookEveryMs = 20;
/** Longest wait for the end of what was killed, ms. */
const killedWithinMs = 2_000;

/**
 * Ends every process of a folder: all have its path in their command line, whoever started them. The terminal's end lets ipmitool give the
 * console back; what is left after the time is killed.
 */
export async function endProcesses(folder: string, killTimeoutMs: number): Promise<void> {
  for (const [signal, withinMs] of [
    ['SIGTERM', killTimeoutMs],
    ['SIGKILL', killedWithinMs],
  ] as const) {
    // Again after the first have gone: a client may have come in between.
    for (let round = 0; round < 3; round += 1) {
      const found = await processesWith(`${folder}/`);
      if (found.length === 0) return;
      await Promise.all(found.map((name) => signalProcess(name, signal)));
      if (!(await haveEnded(found, withinMs))) break;
    }
  }
}

async function haveEnded(names: readonly ProcessName[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  let left = names;
  while (left.length > 0) {
    const alive = await Promise.all(left.map(isRunning));
    left = left.filter((_, i) => alive[i]);
    if (left.length === 0) break;
    if (performance.now() > until) return false;
    await sleep(lookEveryMs);
  }
  return true;
}
