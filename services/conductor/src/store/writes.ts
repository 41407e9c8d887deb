import { MeshError } from '@consolemesh/errors';
import { fromJson, type Sealer, toJson } from '@consolemesh/store';
import type { Transaction } from 'kysely';
import { type AuditEntry, type SessionBefore, sessionEntries } from '../domain/audit.ts';
import { type Condition, type ConsoleRecord, isActive } from '../domain/console.ts';
import type { Node } from '../domain/node.ts';
import type { Session } from '../domain/session.ts';
import { appendAuditEvent, pruneAuditEvents } from './audit.ts';
import { consoleToRow } from './console-rows.ts';
import { nodeToRow } from './node-rows.ts';
import type { ConductorSchema } from './schema.ts';
import { sessionToRow } from './session-rows.ts';
import type { OperationResult, Reads, WriteUnit } from './store.ts';

/** The writing half of a unit; `now` and `revision` were taken with the lock. `actor`: who makes the write. */
export function createWrites(
  tx: Transaction<ConductorSchema>,
  sealer: Sealer,
  at: { now: number; revision: bigint; actor: string },
): Omit<WriteUnit, keyof Reads> {
  const { now, revision } = at;
  const audit = (entry: AuditEntry) => appendAuditEvent(tx, at, entry);
  return {
    now,
    revision,
    async requireLease(consoleId, owner, fence) {
      const lease = await tx
        .selectFrom('conductor_leases')
        .select(['owner', 'fence', 'expires_at'])
        .where('console_id', '=', consoleId)
        .executeTakeFirst();
      if (!lease || lease.owner !== owner || lease.fence !== fence || lease.expires_at <= now) {
        throw new MeshError('LEASE_LOST');
      }
    },
    insertNode: (node, consoles) => insertNode(tx, sealer, node, consoles, revision),
    putNode: (node) => putNode(tx, sealer, node, revision),
    deleteNode: (nodeId) => deleteNode(tx, nodeId, at),
    async putConsole(record) {
      const next = { ...record, revision };
      const { id, ...row } = consoleToRow(next, sealer);
      await tx.updateTable('conductor_consoles').set(row).where('id', '=', id).execute();
      const active = isActive(next) ? 1 : 0;
      await tx
        .updateTable('conductor_leases')
        .set({ active })
        .where('console_id', '=', id)
        .where('active', '<>', active)
        .execute();
      return next;
    },
    async putSession(session) {
      const next = { ...session, revision };
      const before = await putSession(tx, next);
      for (const entry of sessionEntries(before, next)) await audit(entry);
      return next;
    },
    audit,
    async putCursor(name, seen_revision) {
      await tx
        .insertInto('conductor_cursors')
        .values({ name, seen_revision })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ seen_revision }))
        .execute();
    },
    pruneAudit: (before, limit) => pruneAuditEvents(tx, before, limit),
    async forget(before) {
      await tx
        .deleteFrom('conductor_sessions')
        .where('state', '=', 'ended')
        .where('changed_at', '<', before.sessions)
        .execute();
      await tx.deleteFrom('conductor_operations').where('created_at', '<', before.operations).execute();
      await tx.deleteFrom('conductor_gone').where('gone_at', '<', before.gone).execute();
      await tx.deleteFrom('conductor_proxies').where('seen_at', '<', before.sessions).execute();
    },
    async seeProxy(proxyId, target) {
      await tx
        .insertInto('conductor_proxies')
        .values({ id: proxyId, target: target ?? '', seen_at: now })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({ seen_at: now, ...(target === undefined ? {} : { target }) }),
        )
        .execute();
    },
    beginOperation: (operation) => beginOperation(tx, operation, now),
    async finishOperation(nodeId, operationId, result) {
      if (!result) {
        await tx
          .deleteFrom('conductor_operations')
          .where('node_id', '=', nodeId)
          .where('operation_id', '=', operationId)
          .execute();
        return;
      }
      await tx
        .updateTable('conductor_operations')
        .set({ result_json: toJson(result) })
        .where('node_id', '=', nodeId)
        .where('operation_id', '=', operationId)
        .execute();
    },
  };
}

/** Answers how it was. */
async function putSession(
  tx: Transaction<ConductorSchema>,
  session: Session,
): Promise<SessionBefore | undefined> {
  const before = await tx
    .selectFrom('conductor_sessions')
    .select(['state', 'wrote_at'])
    .where('id', '=', session.id)
    .executeTakeFirst();
  const row = sessionToRow(session);
  await tx
    .insertInto('conductor_sessions')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  return before && { state: before.state as Session['state'], wroteAt: before.wrote_at ?? undefined };
}

async function insertNode(
  tx: Transaction<ConductorSchema>,
  sealer: Sealer,
  node: Node,
  consoles: readonly Omit<ConsoleRecord, 'revision'>[],
  revision: bigint,
): Promise<void> {
  const taken = await tx
    .selectFrom('conductor_nodes')
    .select('id')
    .where('id', '=', node.id)
    .executeTakeFirst();
  if (taken) throw new MeshError('NODE_EXISTS', `A node with the UUID ${node.id} exists.`);
  await checkNameIsFree(tx, node);
  await tx
    .insertInto('conductor_nodes')
    .values(nodeToRow(node, sealer, revision))
    .execute();
  await putLabels(tx, node);
  for (const console of consoles) {
    await tx
      .insertInto('conductor_consoles')
      .values(consoleToRow({ ...console, revision }, sealer))
      .execute();
    await tx
      .insertInto('conductor_leases')
      .values({ console_id: console.id, active: 0, owner: '', fence: 0n, expires_at: 0, mutable_at: 0 })
      .execute();
  }
}

async function putNode(
  tx: Transaction<ConductorSchema>,
  sealer: Sealer,
  node: Node,
  revision: bigint,
): Promise<void> {
  await checkNameIsFree(tx, node);
  const { id, ...row } = nodeToRow(node, sealer, revision);
  await tx.updateTable('conductor_nodes').set(row).where('id', '=', id).execute();
  await tx
    .updateTable('conductor_consoles')
    .set({ node_name: node.name, revision })
    .where('node_id', '=', id)
    .where('node_name', '<>', node.name)
    .execute();
  await tx.deleteFrom('conductor_node_labels').where('node_id', '=', id).execute();
  await putLabels(tx, node);
}

/** Writes have one order, so what is free now is free when it is written. */
async function checkNameIsFree(tx: Transaction<ConductorSchema>, node: Node): Promise<void> {
  const taken = await tx
    .selectFrom('conductor_nodes')
    .select('id')
    .where('name', '=', node.name)
    .where('id', '<>', node.id)
    .executeTakeFirst();
  if (taken) throw new MeshError('NODE_NAME_TAKEN', `Another node is named ${node.name}.`);
}

async function putLabels(tx: Transaction<ConductorSchema>, node: Node): Promise<void> {
  const rows = Object.entries(node.labels).map(([key, value]) => ({
    node_id: node.id,
    key,
    value,
    name: node.name,
  }));
  if (rows.length > 0) await tx.insertInto('conductor_node_labels').values(rows).execute();
}

async function deleteNode(
  tx: Transaction<ConductorSchema>,
  nodeId: string,
  { now, revision }: { now: number; revision: bigint },
): Promise<void> {
  const consoles = await tx
    .selectFrom('conductor_consoles')
    .select(['id', 'conditions_json'])
    .where('node_id', '=', nodeId)
    .execute();
  const gone = consoles.map(({ id, conditions_json }) => ({
    console_id: id,
    node_id: nodeId,
    revision,
    gone_at: now,
    left_changed: leftChangedOf(fromJson<Condition[]>(conditions_json)),
  }));
  if (gone.length > 0) await tx.insertInto('conductor_gone').values(gone).execute();
  await tx.deleteFrom('conductor_nodes').where('id', '=', nodeId).execute();
}

function leftChangedOf(conditions: readonly Condition[]): string {
  return conditions.find(({ type, status }) => type === 'Restored' && !status)?.message ?? '';
}

async function beginOperation(
  tx: Transaction<ConductorSchema>,
  operation: { nodeId: string; operationId: string; request: string },
  now: number,
) {
  const known = await tx
    .selectFrom('conductor_operations')
    .selectAll()
    .where('node_id', '=', operation.nodeId)
    .where('operation_id', '=', operation.operationId)
    .executeTakeFirst();
  if (known) {
    return {
      request: known.request,
      result: known.result_json === null ? undefined : fromJson<OperationResult>(known.result_json),
      createdAt: known.created_at,
    };
  }
  await tx
    .insertInto('conductor_operations')
    .values({
      node_id: operation.nodeId,
      operation_id: operation.operationId,
      request: operation.request,
      result_json: null,
      created_at: now,
    })
    .execute();
  return undefined;
}
