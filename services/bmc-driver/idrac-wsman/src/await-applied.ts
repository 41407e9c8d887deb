import { MeshError } from '@consolemesh/errors';
import { pause } from './pause.ts';
import { wrongOf } from './same-value.ts';
import type { Attributes, Values } from './settings-port.ts';

/**
 * Reads until what was written is in force, and answers what was read: an iDRAC that says "done" is not believed.
 * Whether a password counts shows at the VNC server only. `limit` ends the waiting,
 * `signal` the call.
 * @throws MeshError BMC_CHANGE_FAILED when it is not by the end of `limit`
 */
export async function awaitApplied(
  read: () => Promise<Attributes>,
  values: Values,
  { where, pollMs, limit }: { where: string; pollMs: number; limit: AbortSignal },
  signal: AbortSignal,
): Promise<Attributes> {
  for (;;) {
    const now = await read();
    const wrong = wrongOf(now, values);
    if (!wrong) return now;
    if (!(await pause(pollMs, limit))) {
      signal.throwIfAborted();
      const [name, value] = wrong;
      throw new MeshError(
        'BMC_CHANGE_FAILED',
        `${where}: the iDRAC has accepted VNCServer.1#${name} = ${value} and still says ${now.get(name)?.value ?? 'nothing'}.`,
      );
    }
  }
}
