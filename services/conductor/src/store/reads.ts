import type { Sealer } from '@consolemesh/store';
import type { Kysely } from 'kysely';
import { sessionLimits } from '../domain/session.ts';
import { listAuditEvents } from './audit.ts';
import { consoleFromRow } from './console-rows.ts';
import { nodePageQuery, someNames } from './node-query.ts';
import { nodeFromRow } from './node-rows.ts';
import type { ConductorSchema } from './schema.ts';
import { sessionFromRow } from './session-rows.ts';
import type { ConsoleFacts, ConsoleFilter, Reads, SessionFilter } from './store.ts';

/** Reads on the database itself or in a write. `now` is needed for what depends on time. */
export function createReads(db: Kysely<ConductorSchema>, sealer: Sealer, now: () => Promise<number>): Reads {
  const consoles = () => db.selectFrom('conductor_consoles').selectAll();
  const sessions = () => db.selectFrom('conductor_sessions').selectAll();

  return {
    async findNode(idOrName) {
      const row = await db
        .selectFrom('conductor_nodes')
        .selectAll()
        .where((e) => e.or([e('id', '=', idOrName), e('name', '=', idOrName)]))
        .executeTakeFirst();
      return row && nodeFromRow(row, sealer);
    },
    async listNodes(filter) {
      return (await nodePageQuery(db, filter).execute()).map((row) => nodeFromRow(row, sealer));
    },
    async holdersOf(nodeIds) {
      if (nodeIds.length === 0) return new Map();
      const query = db.selectFrom('conductor_nodes').select(['id', 'owner', 'lessee']);
      const rows = await query.where('id', 'in', nodeIds).execute();
      return new Map(rows.map(({ id, owner, lessee }) => [id, { owner, lessee }]));
    },
    async findConsole(id) {
      const row = await consoles().where('id', '=', id).executeTakeFirst();
      return row && consoleFromRow(row, sealer);
    },
    async consolesOfNode(nodeId) {
      const rows = await consoles().where('node_id', '=', nodeId).orderBy('kind').execute();
      return rows.map((row) => consoleFromRow(row, sealer));
    },
    async consolesById(ids) {
      if (ids.length === 0) return [];
      const rows = await consoles().where('id', 'in', ids).execute();
      return rows.map((row) => consoleFromRow(row, sealer));
    },
    async listConsoles(filter) {
      const rows = await consolePageQuery(db, filter).execute();
      return rows.map((row) => consoleFromRow(row, sealer));
    },
    consoleFacts: (ids) => readFacts(db, ids, now),
    async leftChanged(ids) {
      if (ids.length === 0) return [];
      const rows = await db
        .selectFrom('conductor_gone')
        .select('left_changed')
        .where('console_id', 'in', ids)
        .where('left_changed', '<>', '')
        .orderBy('left_changed')
        .execute();
      return rows.map((row) => row.left_changed);
    },
    async findSession(id) {
      const row = await sessions().where('id', '=', id).executeTakeFirst();
      return row && sessionFromRow(row);
    },
    async sessionsById(ids) {
      if (ids.length === 0) return [];
      return (await sessions().where('id', 'in', ids).execute()).map(sessionFromRow);
    },
    async liveSessions(consoleId) {
      const query = sessions().where('console_id', '=', consoleId).where('state', 'in', liveStates);
      return (await query.execute()).map(sessionFromRow);
    },
    async sessionsOfProxy(proxyId) {
      const query = sessions().where('proxy_id', '=', proxyId).where('state', 'in', liveStates);
      return (await query.execute()).map(sessionFromRow);
    },
    async listSessions(filter) {
      return (await sessionPageQuery(db, filter).execute()).map(sessionFromRow);
    },
    async findCursor(name) {
      const query = db.selectFrom('conductor_cursors').select('seen_revision').where('name', '=', name);
      return (await query.executeTakeFirst())?.seen_revision;
    },
    listAuditEvents: (filter) => listAuditEvents(db, filter),
    sessionsToAge: (limit) => readSessionsToAge(db, limit, now),
  };
}

const liveStates = ['opening', 'open', 'detached'];

/** The query of a page of consoles, along the index of names or, with a state, along that of states. */
export function consolePageQuery(db: Kysely<ConductorSchema>, filter: ConsoleFilter) {
  let query = db.selectFrom('conductor_consoles').selectAll();
  const { after } = filter;
  if (after) {
    query = query.where((e) =>
      e.and([
        // Redundant beside the next line, but it is what the index can use.
        e('node_name', '>=', after.nodeName),
        e.or([e('node_name', '>', after.nodeName), e('kind', '>', after.kind)]),
      ]),
    );
  }
  if (filter.nodeId) query = query.where('node_id', '=', filter.nodeId);
  if (filter.kind) query = query.where('kind', '=', filter.kind);
  if (filter.observed) query = query.where('observed', '=', filter.observed);
  if (filter.visibleTo) query = query.where('node_id', 'in', nodesOf(db, filter.visibleTo));
  return query.orderBy('node_name').orderBy('kind').limit(filter.limit);
}

function sessionPageQuery(db: Kysely<ConductorSchema>, filter: SessionFilter) {
  let query = db.selectFrom('conductor_sessions').selectAll();
  const { before } = filter;
  if (before) {
    query = query.where((e) =>
      e.and([
        e('opened_at', '<=', before.openedAt),
        e.or([e('opened_at', '<', before.openedAt), e('id', '<', before.id)]),
      ]),
    );
  }
  if (filter.nodeId) query = query.where('node_id', '=', filter.nodeId);
  if (filter.subject) query = query.where('subject', '=', filter.subject);
  if (!filter.includeEnded) query = query.where('state', 'in', liveStates);
  if (filter.visibleTo) query = query.where('node_id', 'in', nodesOf(db, filter.visibleTo));
  return query.orderBy('opened_at', 'desc').orderBy('id', 'desc').limit(filter.limit);
}

/** Ids of the nodes that one of these owns or has on loan: each half walks along the index of its column. */
function nodesOf(db: Kysely<ConductorSchema>, names: readonly string[]) {
  const half = (column: 'owner' | 'lessee') =>
    db.selectFrom('conductor_nodes').select('id').where(column, 'in', someNames(names));
  return half('owner').union(half('lessee'));
}

async function readFacts(
  db: Kysely<ConductorSchema>,
  ids: readonly string[],
  now: () => Promise<number>,
): Promise<Map<string, ConsoleFacts>> {
  if (ids.length === 0) return new Map();
  const leases = await db
    .selectFrom('conductor_leases')
    .select(['console_id', 'owner'])
    .where('console_id', 'in', ids)
    .where('expires_at', '>', await now())
    .execute();
  const counts = await db
    .selectFrom('conductor_sessions')
    .select((e) => ['console_id', e.fn.countAll<number>().as('count')])
    .where('console_id', 'in', ids)
    .where('state', 'in', ['opening', 'open'])
    .groupBy('console_id')
    .execute();
  const owners = new Map(leases.map((row) => [row.console_id, row.owner]));
  const sessions = new Map(counts.map((row) => [row.console_id, row.count]));
  return new Map(ids.map((id) => [id, { conductor: owners.get(id) ?? '', sessions: sessions.get(id) ?? 0 }]));
}

async function readSessionsToAge(db: Kysely<ConductorSchema>, limit: number, now: () => Promise<number>) {
  const at = await now();
  const rows = await db
    .selectFrom('conductor_sessions as session')
    .leftJoin('conductor_proxies as proxy', 'proxy.id', 'session.proxy_id')
    .selectAll('session')
    .select('proxy.seen_at as proxy_seen_at')
    .where('session.state', 'in', liveStates)
    .where((e) =>
      e.or([
        e('session.expires_at', '<=', at),
        e.and([
          e('session.state', '=', 'detached'),
          e('session.changed_at', '<=', at - sessionLimits.detached),
        ]),
        e.and([e('session.state', '=', 'opening'), e('session.changed_at', '<', at - sessionLimits.opening)]),
        e.and([
          e('session.state', 'in', ['opening', 'open']),
          e(e.fn.coalesce('proxy.seen_at', 'session.changed_at'), '<', at - sessionLimits.silentProxy),
        ]),
      ]),
    )
    .limit(limit)
    .execute();
  return rows.map(({ proxy_seen_at, ...row }) => ({
    session: sessionFromRow(row),
    proxySeenAt: proxy_seen_at ?? undefined,
  }));
}
