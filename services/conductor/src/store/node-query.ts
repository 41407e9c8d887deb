import { type Kysely, sql } from 'kysely';
import type { ConductorSchema } from './schema.ts';
import type { NodeFilter } from './store.ts';

/**
 * The query of a page of nodes. Every form of it walks along one index that is in the order of names already, from the name where the last
 * page ended: no page costs more than the one before, and none sorts. With labels it starts from the label index.
 */
export function nodePageQuery(db: Kysely<ConductorSchema>, filter: NodeFilter) {
  const [first, ...others] = Object.entries(filter.labels ?? {});
  let query = first
    ? db
        .selectFrom('conductor_node_labels as label')
        .innerJoin('conductor_nodes as node', 'node.id', 'label.node_id')
        .where('label.key', '=', first[0])
        .where('label.value', '=', first[1])
        .selectAll('node')
        .orderBy('label.name')
    : db.selectFrom('conductor_nodes as node').selectAll('node').orderBy('node.name');
  // The columns of the index that is walked, not those of the joined table: that is what lets the engines use it.
  const name = sql.ref<string>(first ? 'label.name' : 'node.name');
  const { namePrefix = '', after } = filter;
  const from = after > namePrefix ? after : '';
  if (from !== '') query = query.where(name, '>', from);
  else if (namePrefix !== '') query = query.where(name, '>=', namePrefix);
  if (namePrefix !== '') query = query.where(name, '<', prefixEnd(namePrefix));
  for (const [key, value] of others) {
    query = query.where((e) =>
      e.exists(
        e
          .selectFrom('conductor_node_labels as other')
          .select('other.node_id')
          .whereRef('other.node_id', '=', 'node.id')
          .where('other.key', '=', key)
          .where('other.value', '=', value),
      ),
    );
  }
  if (filter.owner) query = query.where('node.owner', '=', filter.owner);
  if (filter.lessee) query = query.where('node.lessee', '=', filter.lessee);
  if (filter.instanceUuid) query = query.where('node.instance_uuid', '=', filter.instanceUuid);
  const { visibleTo } = filter;
  if (visibleTo) {
    const names = someNames(visibleTo);
    query = query.where((e) => e.or([e('node.owner', 'in', names), e('node.lessee', 'in', names)]));
  }
  if (filter.maintenance !== undefined) {
    query = query.where('node.maintenance', '=', filter.maintenance ? 1 : 0);
  }
  return query.limit(filter.limit);
}

/** Names for a condition with `in`, which no engine takes empty; a node without owner is nobody's, so an empty name would match it. */
export function someNames(names: readonly string[]): readonly string[] {
  const given = names.filter((name) => name !== '');
  // A name that no node can have: control characters are refused.
  return given.length > 0 ? given : ['\u0001'];
}

/** The first text, by bytes, that is behind everything with this prefix. Names are ASCII, so U+10FFFF is behind every name. */
function prefixEnd(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
