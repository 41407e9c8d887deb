import type { StopCall } from '@consolemesh/driver-sdk';
import type { Evidence } from './evidence.ts';
import { isSomebodyElses } from './is-somebody-elses.ts';
import { openPort } from './open-port.ts';
import { type DracInfo, type DracSecrets, whereOf } from './options.ts';
import { makeRestorePlan } from './restore-plan.ts';
import type { Timings } from './settings-port.ts';
import { decodeDriverState, decodeRestoreState } from './states.ts';
import { within } from './within.ts';

const notUnderstood =
  'What was found before the console was enabled is written in a form that this version of the driver does not understand, so nothing was put back. Look at VNCServer.1 of the iDRAC.';

/**
 * Puts back what was found. Safe to repeat, and for a console that was made in part or not at all.
 * @throws MeshError BMC_*: then nothing, or not all, was put back
 */
export async function stopConsole(
  console: StopCall<DracInfo, DracSecrets>,
  { timings, evidence }: { timings: Timings; evidence: Evidence },
  signal: AbortSignal,
): Promise<{ leftChanged: readonly string[] }> {
  const { node } = console;
  if (console.restoreState.length === 0) return { leftChanged: [] };
  const restore = decodeRestoreState(console.restoreState);
  if (restore === undefined) return { leftChanged: [notUnderstood] };
  const about = { where: whereOf(node), what: 'putting the settings back' };
  return within(timings.stopMs, about, signal, async (signal) => {
    const wanted = { ready: false, before: restore.wire };
    const { port, attributes } = await openPort(node, wanted, timings, signal);
    await using _port = port;
    const wrote = evidence.wrote.has(console) || decodeDriverState(console.state) !== undefined;
    const password = (node.secrets.drac_vnc_password ?? console.consolePassword) || undefined;
    const doubtful = { node, attributes, restore, password };
    const { write, left } = makeRestorePlan(restore, attributes, {
      ownPassword: node.secrets.drac_vnc_password === undefined,
      wrote,
      somebodyElses: !wrote && (await isSomebodyElses(doubtful, timings, signal)),
    });
    if (Object.keys(write).length > 0) {
      await port.ready(signal);
      await port.write(write, signal);
    }
    evidence.wrote.delete(console);
    evidence.refused.delete(console);
    return { leftChanged: left };
  });
}
