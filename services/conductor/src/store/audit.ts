import { auditGenesis, auditHash } from '@consolemesh/contracts';
import { actingServices } from '@consolemesh/mesh';
import { fromFlag, fromJson, toJson } from '@consolemesh/store';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { AuditEntry, AuditEvent } from '../domain/audit.ts';
import { auditEventToWire } from '../wire/audit.ts';
import type { AuditRow, ConductorSchema } from './schema.ts';
import type { AuditFilter, Pruned } from './store.ts';

/**
 * Appends to the log, in the write of what it tells of. Every write holds the row of the revision from its first statement on, so no other
 * appends between the look at the last event and the insertion; the key of the table would refuse it.
 */
export async function appendAuditEvent(
  tx: Transaction<ConductorSchema>,
  { now, actor }: { now: number; actor: string },
  entry: AuditEntry,
): Promise<void> {
  const last = await tx
    .selectFrom('conductor_audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  const contents: Omit<AuditEvent, 'hash'> = {
    sequence: (last?.sequence ?? 0n) + 1n,
    at: Math.round(now),
    kind: entry.kind,
    actor: storable(actor),
    subject: storable(entry.subject),
    nodeId: storable(entry.nodeId),
    nodeName: storable(entry.nodeName),
    consoleId: storable(entry.consoleId),
    consoleKind: entry.consoleKind ?? '',
    sessionId: storable(entry.sessionId),
    clientAddress: storable(entry.clientAddress),
    role: entry.role ?? '',
    tokenId: storable(entry.tokenId),
    forced: entry.forced ?? false,
    fields: (entry.fields ?? []).map(storable),
    reason: storable(entry.reason),
    previousHash: last?.hash ?? auditGenesis,
  };
  const hash = auditHash(auditEventToWire({ ...contents, hash: '' }));
  await tx
    .insertInto('conductor_audit')
    .values({
      sequence: contents.sequence,
      at: contents.at,
      kind: contents.kind,
      actor: contents.actor,
      subject: contents.subject,
      node_id: contents.nodeId,
      node_name: contents.nodeName,
      console_id: contents.consoleId,
      console_kind: contents.consoleKind,
      session_id: contents.sessionId,
      client_address: contents.clientAddress,
      role: contents.role,
      token_id: contents.tokenId,
      forced: contents.forced,
      fields_json: toJson(contents.fields),
      reason: contents.reason,
      previous_hash: contents.previousHash,
      hash,
    })
    .execute();
}

/** See `WriteUnit.pruneAudit`. Sequence numbers count and not times: a clock may have been put back. */
export async function pruneAuditEvents(
  tx: Transaction<ConductorSchema>,
  before: number,
  limit: number,
): Promise<Pruned | undefined> {
  const events = () => tx.selectFrom('conductor_audit');
  // One more than may go: the newest event stays, so that the next one has something to follow.
  const oldest = await events()
    .select(['sequence', 'at', 'hash'])
    .orderBy('sequence')
    .limit(limit + 1)
    .execute();
  const young = oldest.findIndex(({ at }) => at >= before);
  const going = oldest.slice(0, Math.min(young < 0 ? oldest.length : young, oldest.length - 1));
  const last = going.at(-1);
  if (!last) return undefined;
  await tx.deleteFrom('conductor_audit').where('sequence', '<=', last.sequence).execute();
  return { events: going.length, lastSequence: last.sequence, lastHash: last.hash };
}

/** Text as it comes back from either database, or the hash would not fit it: no NUL, and no half of a surrogate pair. */
function storable(text = ''): string {
  return Buffer.from(text.replaceAll('\0', '\ufffd'), 'utf8').toString('utf8');
}

/** A page of the log. */
export async function listAuditEvents(
  db: Kysely<ConductorSchema>,
  filter: AuditFilter,
): Promise<AuditEvent[]> {
  const { after, node, who, kind, since, until, oldestFirst } = filter;
  let query = db.selectFrom('conductor_audit').selectAll();
  if (after !== undefined) query = query.where('sequence', oldestFirst ? '>' : '<', after);
  if (node !== undefined) {
    query = query.where((e) => e.or([e('node_id', '=', node), e('node_name', '=', node)]));
  }
  if (who !== undefined) {
    query = query.where((e) => e.or([e('subject', '=', who), e('actor', 'in', actorsThatAre(who))]));
  }
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  const rows = await query
    .orderBy('sequence', oldestFirst ? 'asc' : 'desc')
    .limit(filter.limit)
    .execute();
  return rows.map(fromRow);
}

/** An identity as an actor: itself, and whoever may call in its place. */
function actorsThatAre(who: string): string[] {
  return [who, ...['local', ...actingServices].map((via) => `${who} via ${via}`)];
}

function fromRow(row: Selectable<AuditRow>): AuditEvent {
  return {
    sequence: row.sequence,
    at: row.at,
    kind: row.kind,
    actor: row.actor,
    subject: row.subject,
    nodeId: row.node_id,
    nodeName: row.node_name,
    consoleId: row.console_id,
    consoleKind: row.console_kind,
    sessionId: row.session_id,
    clientAddress: row.client_address,
    role: row.role,
    tokenId: row.token_id,
    forced: fromFlag(row.forced),
    fields: fromJson<string[]>(row.fields_json),
    reason: row.reason,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
