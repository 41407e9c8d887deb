import { setTimeout } from 'node:timers/promises';

/** Waits so long; answers false when the signal ended it before. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
