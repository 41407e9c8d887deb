import { createHash } from 'node:crypto';
import type { Node, NodeAccess, TextMap } from './node.ts';
import { accessOf } from './node.ts';

/**
 * A digest of everything that decides how a console of this node is reached: its driver, its options and its credentials. An error that
 * only new credentials can mend is remembered with it: while the digest is the same, nothing is tried again.
 */
export function accessFingerprint(node: Node, kind: 'graphical' | 'serial'): string {
  const { info, secrets } = accessOf(node);
  return createHash('sha256')
    .update(JSON.stringify([node.interfaces[kind], sorted(info), sorted(secrets)]))
    .digest('base64url');
}

/**
 * How to reach the machine that an incarnation was started on. Where the options have changed since, it is still the old machine that has
 * to be put right, with the credentials of that time; where only the credentials have changed, the new ones are the ones that work.
 */
export function accessForStop(started: NodeAccess, node: Node): NodeAccess {
  const current = accessOf(node);
  return sameMap(started.info, current.info) ? current : started;
}

/** Whether two maps hold the same. */
export function sameMap(left: TextMap, right: TextMap): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(map: TextMap): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
