import type { Node } from '../domain/node.ts';
import type { Reads } from '../store/store.ts';
import type { Caller } from './caller.ts';

/** Changes of a node that are looked through at once. */
const pageSize = 200;

type History = Pick<Reads, 'listAuditEvents'>;

/**
 * Since when a node has been its owner's, or its lessee's (`reduced`), ms since the epoch: what the one before did with it is not theirs to
 * read. Undefined for administrators, and where it has never been another's as far as the audit log knows.
 */
export async function theirsSince(
  store: History,
  { id }: Node,
  { administrator }: Caller,
  reduced: boolean,
): Promise<number | undefined> {
  return administrator ? undefined : lastChange(store, id, [reduced ? 'lessee' : 'owner']);
}

/**
 * When a node changed hands last, ms since the epoch; undefined when it never did. For whoever came by a link: whose it is, and which groups
 * its user is in, nobody knows any more.
 */
export function changedHandsAt(store: History, { id }: Node): Promise<number | undefined> {
  return lastChange(store, id, ['lessee', 'owner']);
}

async function lastChange(
  store: History,
  node: string,
  names: readonly string[],
): Promise<number | undefined> {
  let after: bigint | undefined;
  for (;;) {
    const filter = { node, kind: 'node.changed', oldestFirst: false, limit: pageSize };
    const events = await store.listAuditEvents({ ...filter, after });
    const change = events.find(({ fields }) => names.some((name) => fields.includes(name)));
    if (change) return change.at;
    if (events.length < pageSize) return undefined;
    after = events.at(-1)?.sequence;
  }
}
