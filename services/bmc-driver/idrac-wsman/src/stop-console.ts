import type { ConsoleCall } from '@consolemesh/driver-sdk';
import { openPort } from './open-port.ts';
import { type DracInfo, type DracSecrets, whereOf } from './options.ts';
import { makeRestorePlan } from './restore-plan.ts';
import type { Timings } from './settings-port.ts';
import { decodeDriverState, decodeRestoreState } from './states.ts';
import { within } from './within.ts';

/**
 * Puts back what was found. Safe to repeat, and for a console that was made in part or not at all.
 * @throws MeshError BMC_*: then nothing, or not all, was put back
 */
export async function stopConsole(
  { node, restoreState, state: driverState }: ConsoleCall<DracInfo, DracSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<{ leftChanged: readonly string[] }> {
  const restore = decodeRestoreState(restoreState);
  if (restore === undefined) return { leftChanged: [] };
  const about = { where: whereOf(node), what: 'putting the settings back' };
  return within(timings.stopMs, about, signal, async (signal) => {
    const wanted = { ready: false, before: restore.wire };
    const { port, attributes } = await openPort(node, wanted, timings, signal);
    await using _port = port;
    const { write, left } = makeRestorePlan(restore, attributes, {
      ownPassword: node.secrets.drac_vnc_password === undefined,
      started: decodeDriverState(driverState) !== undefined,
    });
    if (Object.keys(write).length > 0) {
      await port.ready(signal);
      await port.write(write, signal);
    }
    return { leftChanged: left };
  });
}
