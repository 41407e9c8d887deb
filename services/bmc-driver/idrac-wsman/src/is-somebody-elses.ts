import { probeRfb } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { addressOf, profile } from './endpoint-of.ts';
import { type DracNode, whereOf } from './options.ts';
import { sameValue } from './same-value.ts';
import type { Attributes, Timings } from './settings-port.ts';
import type { RestoreState } from './states.ts';
import { isEnabled, readVncSettings } from './vnc-settings.ts';

/** A console that ends and of which no start is known to have succeeded. */
export interface Doubtful {
  readonly node: DracNode;
  readonly attributes: Attributes;
  readonly restore: RestoreState;
  /** The one that the console has or would have got; undefined when it is not known. */
  readonly password: string | undefined;
}

/**
 * Whether it was somebody else who enabled the VNC server, between our reading and our writing. The server itself tells: it accepts the
 * console's password or not. Where it says nothing, the other values do.
 */
export async function isSomebodyElses(
  { node, attributes, restore, password }: Doubtful,
  timings: Timings,
  signal: AbortSignal,
): Promise<boolean> {
  const enabled = attributes.get('Enable');
  if (restore.before.Enable === undefined || !isEnabled(enabled?.value ?? '')) return false;
  if (password === undefined) return isUntouched(restore, attributes);
  const settings = readVncSettings(attributes, whereOf(node));
  try {
    await probeRfb(addressOf(node, { ...settings, password }), profile, signal, timings.vncTryMs);
    return false;
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof MeshError ? error.reason : undefined;
    // Nobody was told of a console that was never started, so whoever takes its places is somebody else.
    if (reason === 'BMC_AUTHENTICATION_FAILED' || reason === 'BMC_BUSY') return true;
    return (settings.activeSessions ?? 0) > 0 || isUntouched(restore, attributes);
  }
}

/** Our one write sets all values, `Enable` last: when none of the others is set, it was not ours. */
function isUntouched({ before, after }: RestoreState, now: Attributes): boolean {
  const others = Object.entries(before).filter(([name]) => name !== 'Enable' && name in after);
  return (
    others.length > 0 &&
    others.every(([name, value]) => {
      const is = now.get(name);
      return is !== undefined && is.pending === undefined && sameValue(name, is.value, value);
    })
  );
}
