import type { ConsoleCall } from '@consolemesh/driver-sdk';
import { openPort } from './open-port.ts';
import { type DracInfo, type DracSecrets, whereOf } from './options.ts';
import { describePlan, makePlan } from './plan.ts';
import type { Timings } from './settings-port.ts';
import { encodeState } from './states.ts';
import { readVncSettings } from './vnc-settings.ts';
import { within } from './within.ts';

/**
 * Reads what a start will change; changes nothing. The answer's `restoreState` is empty when nothing will be.
 * @throws MeshError BMC_IN_USE and other BMC_*
 */
export async function prepareConsole(
  { node }: ConsoleCall<DracInfo, DracSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<{ restoreState: Buffer; changes: readonly string[] }> {
  const where = whereOf(node);
  return within(timings.prepareMs, { where, what: 'reading the settings' }, signal, async (signal) => {
    const { port, why, attributes } = await openPort(node, { ready: true }, timings, signal);
    await using _port = port;
    const plan = makePlan(readVncSettings(attributes, where), attributes, node, where);
    if (plan.mode === 'use') return { restoreState: Buffer.alloc(0), changes: [] };
    const { before, after, takenOver } = plan;
    return {
      restoreState: encodeState({ wire: port.wire, before, after, takenOver }),
      changes: [...describePlan(plan), `It is done ${why}.`],
    };
  });
}
