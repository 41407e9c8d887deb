import { createHash } from 'node:crypto';
import { type LocatingOptions, sameMachine, whereabouts } from './locating-options.ts';
import type { Node, NodeAccess, TextMap } from './node.ts';
import { accessOf } from './node.ts';
import { revealIfReadable } from './sealed.ts';

/**
 * A digest of everything that decides how a console of this node is reached: its driver, its options and its credentials. An error that
 * only new credentials can mend is remembered with it: while the digest is the same, nothing is tried again.
 */
export function accessFingerprint(node: Node, kind: 'graphical' | 'serial'): string {
  // Secrets that cannot be read are none of those that were tried: the step that needs them says what is wrong.
  const secrets = revealIfReadable(node.driverSecrets);
  return createHash('sha256')
    .update(
      JSON.stringify([node.interfaces[kind], sorted(node.driverInfo), secrets ? sorted(secrets) : null]),
    )
    .digest('base64url');
}

/** How to reach the machine that an incarnation was started on. */
export interface StopAccess {
  readonly access: NodeAccess;
  /** Why the access of the start was taken, as the end of a sentence; empty when it is that of the node as it is now. */
  readonly outdated: string;
}

/**
 * The machine that an incarnation was started on has to be put right, wherever the node points to by now. While the node still names it
 * (by the options that locate it), its newest options and credentials are the ones that work: certificates and passwords are renewed.
 * Otherwise those of the start are all that is known of it. Where no option is known to locate it, any other option may mean another machine.
 */
export function accessForStop(started: NodeAccess, node: Node, locating: LocatingOptions): StopAccess {
  const current = accessOf(node);
  const same = sameMachine(locating, started.info, current.info);
  if (same ?? sameMap(started.info, current.info)) return { access: current, outdated: '' };
  if (same === undefined) {
    return {
      access: started,
      outdated: 'with the options that this console was started with; the node has others now',
    };
  }
  const where = whereabouts(locating, started.info);
  const machine = 'the machine that this console was started on; the node names another one now';
  return { access: started, outdated: where ? `${where}: ${machine}` : machine };
}

/** Whether two maps hold the same. */
export function sameMap(left: TextMap, right: TextMap): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(map: TextMap): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
