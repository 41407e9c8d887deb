import { sameValue } from './plan.ts';
import type { Attributes, Values } from './settings-port.ts';
import type { RestoreState } from './states.ts';

/** What putting back means now. */
export interface RestorePlan {
  /** To be written; empty when nothing is left of what was changed. */
  readonly write: Values;
  /** What cannot be put back, in sentences. */
  readonly left: readonly string[];
}

/**
 * Compares what was found once, what was set, and what is so now. Only what is still as we set it is put back: what somebody has changed
 * since is theirs.
 * @param ownPassword whether a password was set that no operator had chosen
 */
export function makeRestorePlan(state: RestoreState, now: Attributes, ownPassword: boolean): RestorePlan {
  const write: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, before] of Object.entries(state.before)) {
    const value = now.get(name)?.value;
    const after = state.after[name] ?? '';
    if (value === undefined) left.push(`VNCServer.1#${name} is not there any more; it was ${before}.`);
    else if (sameValue(name, value, before)) continue;
    else if (sameValue(name, value, after)) write[name] = before;
    else left.push(`VNCServer.1#${name} is ${value}: somebody has changed it meanwhile. It was ${before}.`);
  }
  if (ownPassword) {
    left.push(
      state.takenOver
        ? 'VNCServer.1#Password: the VNC server is enabled as it was, with a password that nobody knows any more, because an iDRAC does not tell the old one. Set it anew.'
        : 'VNCServer.1#Password: an iDRAC does not tell the old one, so it could not be put back. The VNC server is disabled again.',
    );
  }
  return { write, left };
}
