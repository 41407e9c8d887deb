import { randomUUID } from 'node:crypto';
import type { NodeServiceImplementation, Node as WireNode } from '@consolemesh/contracts/conductor';
import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import { currentTraceparent } from '@consolemesh/telemetry';
import { accessFingerprint } from '../domain/access-fingerprint.ts';
import { changedFields, consoleParts, nodeParts } from '../domain/audit.ts';
import { carriedSecrets } from '../domain/carried-secrets.ts';
import { isActive, newConsole } from '../domain/console.ts';
import { disable } from '../domain/disable.ts';
import { accessChanged } from '../domain/enable.ts';
import { consoleKinds } from '../domain/kinds.ts';
import type { Node } from '../domain/node.ts';
import { fieldsOf, type NodeFields } from '../domain/node-fields.ts';
import { patchNode } from '../domain/patch-node.ts';
import { takesAway } from '../domain/policy.ts';
import { sealed } from '../domain/sealed.ts';
import { isUuid, validateNodeFields } from '../domain/validate-node.ts';
import { deleteWithLastConsole, endSessions } from '../reconciler/stop-console.ts';
import type { WriteUnit } from '../store/store.ts';
import { checkEtag } from '../wire/etags.ts';
import { fieldsFromWire, nodeToWire } from '../wire/nodes.ts';
import { cutPage, makePageToken, pageSizeOf, readPageToken } from '../wire/pages.ts';
import { reducedNode } from '../wire/reduced.ts';
import { type Caller, callerIn, decide, decideAnywhere, visibleTo } from './caller.ts';
import { type Allowed, requireNode, type ServiceContext } from './context.ts';
import { validateAtDrivers, validateInterfaces } from './validate-at-drivers.ts';
import { waitForConsole } from './wait-for-console.ts';

/** How long a forced deletion is waited for, ms; afterwards it goes on by itself. */
const deleteWaitMs = 30_000;

/** conductor.v1 NodeService. */
export function createNodeService(context: ServiceContext): NodeServiceImplementation {
  const { store } = context;
  return {
    createNode: async (request, call) => ({
      node: nodeToWire(await createNode(context, request.node, callerIn(call))),
    }),
    getNode: async (request, call) => ({
      node: shown(await requireNode(store, request.node, callerIn(call), 'node.read')),
    }),
    async listNodes(request, call) {
      const caller = callerIn(call);
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
          ...visibleTo(caller),
          ...(request.maintenance === undefined ? {} : { maintenance: request.maintenance }),
        }),
        size,
      );
      const nodes = page.map((node) => shown({ node, reduced: decide(caller, 'node.read', node) !== 'yes' }));
      return { nodes, nextPageToken: last ? makePageToken([last.name]) : '' };
    },
    updateNode: async (request, call) => ({
      node: nodeToWire(await updateNode(context, request.node, request.updateMask ?? [], callerIn(call))),
    }),
    async deleteNode(request, call) {
      return {
        leftChanged: await deleteNode(context, request, callerIn(call), call.signal),
      };
    },
    async validateNode(request, call) {
      const { node } = await requireNode(store, request.node, callerIn(call), 'node.validate');
      return { interfaces: await validateInterfaces(context.plugins, node, request.checkReachability) };
    },
  };
}

async function createNode(
  context: ServiceContext,
  wire: WireNode | undefined,
  caller: Caller,
): Promise<Node> {
  decideAnywhere(caller, 'node.create');
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
  }, caller.actor);
}

async function updateNode(
  context: ServiceContext,
  wire: WireNode | undefined,
  paths: readonly string[],
  caller: Caller,
): Promise<Node> {
  if (!wire || wire.id === '') throw violationsError([missing('node.id')]);
  const input = fieldsFromWire(wire);
  // Drivers are asked before the write begins, about the node as it would be; a write waits for nobody.
  const { node: before } = await requireNode(context.store, wire.id, caller, 'node.update');
  const planned = patched(before, input, paths);
  keepOwner(caller, before, planned);
  refuse(misdirectedSecrets(caller, before, input, planned));
  refuse(await validateAtDrivers(context.plugins, before.id, planned));
  const trace = currentTraceparent();
  return context.store.write(async (unit) => {
    const { node: stored } = await requireNode(unit, before.id, caller, 'node.update');
    checkEtag(wire.etag, stored.revision);
    if (stored.deleting) throw new MeshError('NODE_IN_USE', 'The node is being deleted.');
    const fields = patched(stored, input, paths);
    keepOwner(caller, stored, fields);
    refuse(misdirectedSecrets(caller, stored, input, fields));
    const node: Node = {
      ...stored,
      ...nodeOf(stored.id, fields),
      revision: unit.revision,
      updatedAt: unit.now,
    };
    await unit.putNode(node);
    const changed = changedFields(fieldsOf(stored, paths), fields);
    if (changed.length > 0) await unit.audit({ kind: 'node.changed', ...nodeParts(node), fields: changed });
    await restartWhatChanged(unit, stored, node, trace);
    return node;
  }, caller.actor);
}

/**
 * A console whose driver, options, credentials or route are others now is made anew. So is one of a node that was taken from somebody: his
 * sessions end and his URLs open nothing any more. Where only the owner or the lessee is another, those who watch are told.
 */
async function restartWhatChanged(
  unit: WriteUnit,
  before: Node,
  after: Node,
  trace: string | undefined,
): Promise<void> {
  const taken = takesAway(before, after);
  for (const record of await unit.consolesOfNode(after.id)) {
    const same =
      before.route === after.route &&
      accessFingerprint(before, record.kind) === accessFingerprint(after, record.kind) &&
      !taken;
    if (taken && record.lingerUntil !== undefined) {
      // It was disabled with leave for its sessions to go on for a while: a leave of somebody who has no say any more.
      const { lingerUntil: _, ...over } = accessChanged(record);
      const next = await unit.putConsole({ ...over, lingerUntil: undefined, trace });
      await endSessions(unit, next, next.generation);
      continue;
    }
    const next = same ? record : accessChanged(record);
    const told = before.owner === after.owner && before.lessee === after.lessee;
    if (next !== record) await unit.putConsole({ ...next, trace });
    else if (!told) await unit.putConsole(record);
  }
}

/**
 * Without consoles that are on, the node goes at once. Forced, it is marked, its consoles are disabled, and whoever stops the last of
 * them deletes it in the same write: neither a crash nor a lost call leaves half a node. Answers what stays changed at the machine.
 */
async function deleteNode(
  context: ServiceContext,
  request: { node: string; etag: string; force: boolean },
  caller: Caller,
  signal: AbortSignal,
): Promise<string[]> {
  const trace = currentTraceparent();
  const { all, waitFor } = await context.store.write(async (unit) => {
    const { node } = await requireNode(unit, request.node, caller, 'node.delete');
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
  }, caller.actor);
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

function keepOwner(caller: Caller, before: Node, after: NodeFields): void {
  if (after.owner !== before.owner) decide(caller, 'node.give-away', before);
}

/** Secrets go where an owner sends them only if he knows them. */
function misdirectedSecrets(caller: Caller, before: Node, input: NodeFields, after: NodeFields): Violation[] {
  if (caller.administrator) return [];
  const { driverInfo, driverSecrets } = before;
  return carriedSecrets({ driverInfo, driverSecrets: driverSecrets.reveal() }, input, after);
}

/** A node as somebody may see it. */
function shown({ node, reduced }: Allowed): WireNode {
  return reduced ? reducedNode(nodeToWire(node)) : nodeToWire(node);
}

function patched(node: Node, input: NodeFields, paths: readonly string[]): NodeFields {
  const { fields, violations } = patchNode(fieldsOf(node, paths), input, paths);
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
