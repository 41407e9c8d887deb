import { sameValue } from './same-value.ts';
import type { Attributes, Values } from './settings-port.ts';
import type { RestoreState } from './states.ts';

/** What putting back means now. */
export interface RestorePlan {
  /** To be written; empty when nothing is left of what was changed. */
  readonly write: Values;
  /** What cannot be put back, in sentences. */
  readonly left: readonly string[];
}

/** What is known of the console that ends. */
export interface Ended {
  /** A password was set that no operator had chosen. */
  readonly ownPassword: boolean;
  /** Something was written for it, as far as is known. */
  readonly wrote: boolean;
  /** It was somebody else who enabled the VNC server. */
  readonly somebodyElses: boolean;
}

/**
 * Compares what was found once, what was set, and what is so now. Only what is still as we set it, or waits to become so, is put back: what
 * somebody has changed since is theirs.
 */
export function makeRestorePlan(state: RestoreState, now: Attributes, ended: Ended): RestorePlan {
  const write: Record<string, string> = {};
  const left: string[] = [];
  if (ended.somebodyElses) {
    return {
      write,
      left: ['VNCServer.1#Enable is Enabled: somebody else has enabled it meanwhile; nothing was changed.'],
    };
  }
  for (const [name, before] of Object.entries(state.before)) {
    const { value, pending } = now.get(name) ?? {};
    const after = state.after[name] ?? '';
    const waits = pending !== undefined && sameValue(name, pending, after);
    if (value === undefined) left.push(`VNCServer.1#${name} is not there any more; it was ${before}.`);
    else if (sameValue(name, value, before) && !waits) continue;
    else if (sameValue(name, value, after) || waits) write[name] = before;
    else left.push(`VNCServer.1#${name} is ${value}: somebody has changed it meanwhile. It was ${before}.`);
  }
  const wrote = ended.wrote || Object.keys(write).length > 0;
  if (ended.ownPassword && wrote) left.push(passwordLeft(state, 'Enable' in write));
  return { write, left };
}

function passwordLeft({ takenOver }: RestoreState, disabled: boolean): string {
  if (takenOver) {
    return 'VNCServer.1#Password: the VNC server is enabled as it was, with a password that nobody knows any more, because an iDRAC does not tell the old one. Set it anew.';
  }
  const rest = disabled ? ' The VNC server is disabled again.' : '';
  return `VNCServer.1#Password: an iDRAC does not tell the old one, so it could not be put back.${rest}`;
}
