import type { ConsoleCall } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { awaitVnc } from './await-vnc.ts';
import { addressOf, profile } from './endpoint-of.ts';
import type { Evidence } from './evidence.ts';
import { type DracInfo, type DracNode, type DracSecrets, whereOf } from './options.ts';
import { refusePending } from './pending.ts';
import { inForce } from './same-value.ts';
import type { Attributes, Timings } from './settings-port.ts';
import type { DriverState, RestoreState } from './states.ts';
import type { VncSettings } from './vnc-settings.ts';

/** What is known before a start writes anything. */
export interface Standing {
  readonly console: ConsoleCall<DracInfo, DracSecrets>;
  readonly settings: VncSettings;
  readonly attributes: Attributes;
  readonly restore: RestoreState;
  /** Of an earlier start of this console; undefined when none has succeeded, or its answer was lost. */
  readonly state: DriverState | undefined;
  /** The one that the console shall have. */
  readonly password: string;
  readonly evidence: Evidence;
}

/**
 * Whether the console stands already, from an earlier start: then nothing is written, and whoever looks at it stays. An enabled VNC server
 * is written to only when it is known to be this console's, or may be taken over.
 * @throws MeshError BMC_IN_USE when somebody else has enabled the VNC server since PrepareConsole, or has made it theirs;
 *   BMC_NOT_READY while something else waits for a configuration job; what the VNC server answers when it is not known whose it is
 */
export async function judgeStanding(
  standing: Standing,
  timings: Timings,
  signal: AbortSignal,
): Promise<boolean> {
  const { console, settings, attributes, restore, state, password, evidence } = standing;
  const { node } = console;
  refusePending(attributes, restore.after, whereOf(node));
  if (!settings.enabled) return false;
  if (state === undefined ? restore.takenOver : state.password !== password) return false;
  const known = state !== undefined || evidence.wrote.has(console) || node.info.drac_vnc_take_over;
  // One write sets all values: where they are not in force it was not ours, and where they are it most likely was.
  if (!known && !inForce(attributes, restore.after)) throw enabledByOthers(node);
  const likely = Object.keys(restore.after).length > 1;
  if (evidence.refused.has(console)) return judgeFailure(refusal, standing, { known, likely });
  const address = addressOf(node, { ...settings, password });
  try {
    await awaitVnc(address, profile, { ...timings, vncMs: timings.vncTryMs }, async () => {}, signal);
    // Who has changed the idle timeout since may keep it.
    const { SSLEncryptionBitLength: bits } = restore.after;
    const needed = bits === undefined ? {} : { SSLEncryptionBitLength: bits };
    return inForce(attributes, state === undefined ? restore.after : needed);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MeshError && error.reason === refusal.reason) evidence.refused.add(console);
    return judgeFailure(error, standing, { known, likely });
  }
}

/** As the VNC server has said it once. */
const refusal = new MeshError('BMC_AUTHENTICATION_FAILED');

/** What it means that the VNC server does not accept the console's password. */
function judgeFailure(
  error: unknown,
  { console: { node }, settings, state }: Pick<Standing, 'console' | 'settings' | 'state'>,
  { known, likely }: { known: boolean; likely: boolean },
): boolean {
  if (!(error instanceof MeshError)) throw error;
  const { reason } = error;
  // Its places are taken: by those who look at this console. Before it was started once nobody could.
  if (reason === 'BMC_BUSY' && state !== undefined) return true;
  const refused = reason === refusal.reason;
  const watched = (settings.activeSessions ?? 0) > 0;
  if (refused && watched && !node.info.drac_vnc_take_over) throw enabledByOthers(node);
  if (known) return false;
  if (refused || watched || reason === 'BMC_BUSY') throw enabledByOthers(node);
  if (likely) return false;
  throw new MeshError(
    reason,
    `${whereOf(node)}: the VNC server is enabled, it is not known by whom, and it does not let us in: ${error.message} Disable the console and enable it again, or switch the VNC server off there.`,
    { cause: error, metadata: error.metadata },
  );
}

function enabledByOthers(node: DracNode): MeshError {
  return new MeshError(
    'BMC_IN_USE',
    `${whereOf(node)}: somebody else has enabled the VNC server of this iDRAC since its settings were read, or has given it another password. Disable the console and enable it again when they have ended, or set drac_vnc_take_over.`,
  );
}
