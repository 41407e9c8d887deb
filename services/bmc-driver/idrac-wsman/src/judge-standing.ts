import { MeshError } from '@consolemesh/errors';
import { awaitVnc } from './await-vnc.ts';
import { addressOf, profile } from './endpoint-of.ts';
import { type DracNode, whereOf } from './options.ts';
import { inForce } from './plan.ts';
import type { Attributes, Timings } from './settings-port.ts';
import type { DriverState, RestoreState } from './states.ts';
import type { VncSettings } from './vnc-settings.ts';

/** What is known before a start writes anything. */
export interface Standing {
  readonly node: DracNode;
  readonly settings: VncSettings;
  readonly attributes: Attributes;
  readonly restore: RestoreState;
  /** Of an earlier start of this console; undefined when none has succeeded, or its answer was lost. */
  readonly state: DriverState | undefined;
  /** The one that the console shall have. */
  readonly password: string;
}

/**
 * Whether the console stands already, from an earlier start: then nothing is written, and whoever looks at it stays.
 * @throws MeshError BMC_IN_USE when somebody else has enabled the VNC server since PrepareConsole
 */
export async function judgeStanding(
  { node, settings, attributes, restore, state, password }: Standing,
  timings: Timings,
  signal: AbortSignal,
): Promise<boolean> {
  const mayBeOurs = state === undefined ? !restore.takenOver : state.password === password;
  if (!settings.enabled || !mayBeOurs) return false;
  const address = addressOf(node, { ...settings, password });
  try {
    await awaitVnc(address, profile, { ...timings, vncMs: timings.vncTryMs }, async () => {}, signal);
    return state !== undefined || inForce(attributes, restore.after);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof MeshError)) return false;
    // Its places are taken: by those who look at this console.
    if (error.reason === 'BMC_BUSY') return state !== undefined;
    if (error.reason !== 'BMC_AUTHENTICATION_FAILED' || state !== undefined || node.info.drac_vnc_take_over)
      return false;
    throw new MeshError(
      'BMC_IN_USE',
      `${whereOf(node)}: somebody else has enabled the VNC server of this iDRAC since its settings were read. Disable the console and enable it again when they have ended, or set drac_vnc_take_over.`,
    );
  }
}
