import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';
import { pause } from './pause.ts';
import type { Timings } from './settings-port.ts';

/**
 * Asks until the iDRAC takes changes. `ask` answers why it does not yet, in its own words, or undefined.
 * @throws MeshError BMC_NOT_READY, and what `ask` throws
 */
export async function awaitReady(
  ask: () => Promise<string | undefined>,
  where: string,
  { readyMs, pollMs }: Timings,
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(readyMs, signal);
  let why: string | undefined;
  do {
    try {
      why = await ask();
    } catch (error) {
      // What it said before it fell silent is the better news.
      if (why === undefined || !signal.aborted) throw error;
      throw notReady(where, why);
    }
    if (why === undefined) return;
  } while (await pause(pollMs, limit.signal));
  throw notReady(where, why);
}

function notReady(where: string, why: string): MeshError {
  return new MeshError(
    'BMC_NOT_READY',
    `${where}: the iDRAC is not ready (${why.replace(/\.$/, '')}); it is asked again.`,
  );
}
