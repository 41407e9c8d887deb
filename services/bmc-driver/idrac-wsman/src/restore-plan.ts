import { sameValue } from './plan.ts';
import type { Attributes, Values } from './settings-port.ts';
import type { RestoreState } from './states.ts';
import { isEnabled } from './vnc-settings.ts';

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
  /** A start has succeeded: what is as it was set, was set by us. */
  readonly started: boolean;
}

/**
 * Compares what was found once, what was set, and what is so now. Only what is still as we set it, or waits to become so, is put back: what
 * somebody has changed since is theirs.
 */
export function makeRestorePlan(state: RestoreState, now: Attributes, ended: Ended): RestorePlan {
  const write: Record<string, string> = {};
  const left: string[] = [];
  if (!ended.started && enabledByOthers(state, now)) {
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
  if (ended.ownPassword) {
    left.push(
      state.takenOver
        ? 'VNCServer.1#Password: the VNC server is enabled as it was, with a password that nobody knows any more, because an iDRAC does not tell the old one. Set it anew.'
        : 'VNCServer.1#Password: an iDRAC does not tell the old one, so it could not be put back. The VNC server is disabled again.',
    );
  }
  return { write, left };
}

/**
 * Whether it was somebody else who enabled the VNC server, between our reading and our writing: our one write sets all values, `Enable` last,
 * and nothing but that is so.
 */
function enabledByOthers({ before, after }: RestoreState, now: Attributes): boolean {
  if (before.Enable === undefined || !isEnabled(now.get('Enable')?.value ?? '')) return false;
  const others = Object.entries(before).filter(([name]) => name !== 'Enable' && name in after);
  return (
    others.length > 0 &&
    others.every(([name, value]) => {
      const is = now.get(name);
      return is !== undefined && is.pending === undefined && sameValue(name, is.value, value);
    })
  );
}
