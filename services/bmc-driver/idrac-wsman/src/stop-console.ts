import type { ConsoleCall } from '@consolemesh/driver-sdk';
import { openPort } from './open-port.ts';
import type { DracInfo, DracSecrets } from './options.ts';
import { makeRestorePlan } from './restore-plan.ts';
import type { Timings } from './settings-port.ts';
import { decodeRestoreState } from './states.ts';

/**
 * Puts back what was found. Safe to repeat, and for a console that was made in part or not at all.
 * @throws MeshError BMC_*: then nothing, or not all, was put back
 */
export async function stopConsole(
  { node, restoreState }: ConsoleCall<DracInfo, DracSecrets>,
  timings: Timings,
  signal: AbortSignal,
): Promise<{ leftChanged: readonly string[] }> {
  const state = decodeRestoreState(restoreState);
  if (state === undefined) return { leftChanged: [] };
  const { port } = await openPort(node, state.wire, timings, signal);
  await using _port = port;
  const ownPassword = node.secrets.drac_vnc_password === undefined;
  const { write, left } = makeRestorePlan(state, await port.read(signal), ownPassword);
  if (Object.keys(write).length > 0) await port.write(write, signal);
  return { leftChanged: left };
}
