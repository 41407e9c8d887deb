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
  for (;;) {
    const why = await ask();
    if (why === undefined) return;
    if (!(await pause(pollMs, limit.signal))) {
      signal.throwIfAborted();
      throw new MeshError(
        'BMC_NOT_READY',
        `${where}: the iDRAC is not ready (${why.replace(/\.$/, '')}); it is asked again.`,
      );
    }
  }
}
