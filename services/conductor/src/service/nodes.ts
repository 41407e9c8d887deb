import { randomUUID } from 'node:crypto';
import type { NodeServiceImplementation, Node as WireNode } from '@consolemesh/contracts/conductor';
import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import { callerOf, identityText } from '@consolemesh/mesh';
import { currentTraceparent } from '@consolemesh/telemetry';
import { accessFingerprint } from '../domain/access-fingerprint.ts';
import { changedFields, consoleParts, nodeParts } from '../domain/audit.ts';
import { isActive, newConsole } from '../domain/console.ts';
import { disable } from '../domain/disable.ts';
import { accessChanged } from '../domain/enable.ts';
import { consoleKinds } from '../domain/kinds.ts';
import type { Node } from '../domain/node.ts';
import { fieldsOf, type NodeFields } from '../domain/node-fields.ts';
import { patchNode } from '../domain/patch-node.ts';
import { sealed } from '../domain/sealed.ts';
import { isUuid, validateNodeFields } from '../domain/validate-node.ts';
import { deleteWithLastConsole, endSessions } from '../reconciler/stop-console.ts';
import type { WriteUnit } from '../store/store.ts';
import { checkEtag } from '../wire/etags.ts';
import { fieldsFromWire, nodeToWire } from '../wire/nodes.ts';
import { cutPage, makePageToken, pageSizeOf, readPageToken } from '../wire/pages.ts';
import { requireNode, type ServiceContext } from './context.ts';
import { validateAtDrivers, validateInterfaces } from './validate-at-drivers.ts';
import { waitForConsole } from './wait-for-console.ts';

/** How long a forced deletion is waited for, ms; afterwards it goes on by itself. */
const deleteWaitMs = 30_000;

/** conductor.v1 NodeService. */
export function createNodeService(context: ServiceContext): NodeServiceImplementation {
  const { store } = context;
  return {
    createNode: async (request, call) => ({
      node: nodeToWire(await createNode(context, request.node, identityText(callerOf(call)))),
    }),
    getNode: async (request) => ({ node: nodeToWire(await requireNode(store, request.node)) }),
    async listNodes(request) {
      const size = pageSizeOf(request.pageSize);
      const [after] = readPageToken(request.pageToken, ['string']) ?? [];
      const { page, last } = cutPage(
        await store.listNodes({
          after: after === undefined ? '' : String(after),
          limit: size + 1,
          namePrefix: request.namePrefix,
          labels: request.labels,
          owner: request.owner,
          lessee: request.lessee,
          instanceUuid: request.instanceUuid,
          ...(request.maintenance === undefined ? {} : { maintenance: request.maintenance }),
        }),
        size,
      );
      return { nodes: page.map(nodeToWire), nextPageToken: last ? makePageToken([last.name]) : '' };
    },
    updateNode: async (request, call) => ({
      node: nodeToWire(
        await updateNode(context, request.node, request.updateMask ?? [], identityText(callerOf(call))),
      ),
    }),
    async deleteNode(request, call) {
      return {
        leftChanged: await deleteNode(context, request, identityText(callerOf(call)), call.signal),
      };
    },
    async validateNode(request) {
      const node = await requireNode(store, request.node);
      return { interfaces: await validateInterfaces(context.plugins, node, request.checkReachability) };
    },
  };
}

async function createNode(context: ServiceContext, wire: WireNode | undefined, by: string): Promise<Node> {
  if (!wire) throw violationsError([missing('node')]);
  const fields = fieldsFromWire(wire);
  const id = wire.id === '' ? randomUUID() : wire.id.toLowerCase();
  const wrongId: Violation[] = isUuid(id)
    ? []
    : [{ field: 'id', reason: 'FIELD_INVALID', message: 'expected a UUID' }];
  const violations = [...wrongId, ...validateNodeFields(fields)];
  refuse(violations.length > 0 ? violations : await validateAtDrivers(context.plugins, id, fields));
  return context.store.write(async (unit) => {
    const node: Node = {
      ...nodeOf(id, fields),
      revision: unit.revision,
      createdAt: unit.now,
      updatedAt: unit.now,
    };
    await unit.insertNode(
      node,
      consoleKinds.map((kind) => newConsole(randomUUID(), node, kind)),
    );
    await unit.audit({ kind: 'node.created', ...nodeParts(node) });
    return node;
  }, by);
}

async function updateNode(
  context: ServiceContext,
  wire: WireNode | undefined,
  paths: readonly string[],
  by: string,
): Promise<Node> {
  if (!wire || wire.id === '') throw violationsError([missing('node.id')]);
  const input = fieldsFromWire(wire);
  // Drivers are asked before the write begins, about the node as it would be; a write waits for nobody.
  const before = await requireNode(context.store, wire.id);
  const planned = patched(before, input, paths);
  refuse(await validateAtDrivers(context.plugins, before.id, planned));
  const trace = currentTraceparent();
  return context.store.write(async (unit) => {
    const stored = await requireNode(unit, before.id);
    checkEtag(wire.etag, stored.revision);
    if (stored.deleting) throw new MeshError('NODE_IN_USE', 'The node is being deleted.');
    const fields = patched(stored, input, paths);
    const node: Node = {
      ...stored,
      ...nodeOf(stored.id, fields),
      revision: unit.revision,
      updatedAt: unit.now,
    };
    await unit.putNode(node);
    const changed = changedFields(fieldsOf(stored), fields);
    if (changed.length > 0) await unit.audit({ kind: 'node.changed', ...nodeParts(node), fields: changed });
    await restartWhatChanged(unit, stored, node, trace);
    return node;
  }, by);
}

/** A console whose driver, options, credentials or route are others now is made anew. */
async function restartWhatChanged(
  unit: WriteUnit,
  before: Node,
  after: Node,
  trace: string | undefined,
): Promise<void> {
  for (const record of await unit.consolesOfNode(after.id)) {
    const same =
      before.route === after.route &&
      accessFingerprint(before, record.kind) === accessFingerprint(after, record.kind);
    const next = same ? record : accessChanged(record);
    if (next !== record) await unit.putConsole({ ...next, trace });
  }
}

/**
 * Without consoles that are on, the node goes at once. Forced, it is marked, its consoles are disabled, and whoever stops the last of
 * them deletes it in the same write: neither a crash nor a lost call leaves half a node. Answers what stays changed at the machine.
 */
async function deleteNode(
  context: ServiceContext,
  request: { node: string; etag: string; force: boolean },
  by: string,
  signal: AbortSignal,
): Promise<string[]> {
  const trace = currentTraceparent();
  const { all, waitFor } = await context.store.write(async (unit) => {
    const node = await requireNode(unit, request.node);
    checkEtag(request.etag, node.revision);
    const consoles = await unit.consolesOfNode(node.id);
    const active = consoles.filter(isActive);
    if (active.length > 0 && !request.force) {
      const kinds = active.map(({ kind }) => kind).join(' and ');
      throw new MeshError(
        'NODE_IN_USE',
        `The ${kinds} console of ${node.name} is on; disable it first, or force the deletion.`,
        {
          metadata: { node: node.name },
        },
      );
    }
    await unit.putNode({ ...node, deleting: true, revision: unit.revision, updatedAt: unit.now });
    if (active.length > 0 && !node.deleting) {
      await unit.audit({ kind: 'node.changed', ...nodeParts(node), fields: ['deleting'] });
    }
    for (const record of active) {
      if (record.desired === 'enabled') {
        await unit.audit({ kind: 'console.disabled', ...consoleParts(record) });
      }
      const next = await unit.putConsole({ ...disable(record, undefined), trace });
      await endSessions(unit, next, next.generation);
    }
    const gone = await deleteWithLastConsole(unit, node.id);
    return { all: consoles.map(({ id }) => id), waitFor: gone ? [] : active.map(({ id }) => id) };
  }, by);
  for (const id of waitFor) {
    if (await waitForConsole(context, id, () => false, deleteWaitMs, signal)) {
      throw new MeshError(
        'DEADLINE_EXCEEDED',
        'The node is marked and goes as soon as its consoles have stopped; that takes longer than this call may.',
      );
    }
  }
  // Whoever stopped the last of them, here or elsewhere, has left word.
  return context.store.leftChanged(all);
}

function patched(node: Node, input: NodeFields, paths: readonly string[]): NodeFields {
  const { fields, violations } = patchNode(fieldsOf(node), input, paths);
  refuse([...violations, ...validateNodeFields(fields)]);
  return fields;
}

function nodeOf(
  id: string,
  { driverSecrets, ...fields }: NodeFields,
): Omit<Node, 'revision' | 'createdAt' | 'updatedAt'> {
  return {
    id,
    ...fields,
    secretKeys: Object.keys(driverSecrets).sort(),
    driverSecrets: sealed(driverSecrets),
    deleting: false,
  };
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw violationsError(violations);
}

function missing(field: string): Violation {
  return { field, reason: 'FIELD_REQUIRED', message: 'is needed' };
}
