import type { Node } from '../domain/node.ts';
import type { Reads } from '../store/store.ts';
import type { Caller } from './caller.ts';

/** Changes of a node that are looked through at once. */
const pageSize = 200;

/**
 * Since when a node has been its owner's, or its lessee's (`reduced`), ms since the epoch: what the one before did with it is not theirs to
 * read. Undefined for administrators, and where it has never been another's as far as the audit log knows.
 */
export async function theirsSince(
  store: Pick<Reads, 'listAuditEvents'>,
  { id }: Node,
  { administrator }: Caller,
  reduced: boolean,
): Promise<number | undefined> {
  if (administrator) return undefined;
  const field = reduced ? 'lessee' : 'owner';
  let after: bigint | undefined;
  for (;;) {
    const filter = { node: id, kind: 'node.changed', oldestFirst: false, limit: pageSize };
    const events = await store.listAuditEvents({ ...filter, after });
    const change = events.find(({ fields }) => fields.includes(field));
    if (change) return change.at;
    if (events.length < pageSize) return undefined;
    after = events.at(-1)?.sequence;
  }
}
