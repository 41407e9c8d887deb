import { randomBytes } from 'node:crypto';
import {
  ConsoleServiceDefinition,
  type Node,
  NodeServiceDefinition,
  ObservedState,
  type Route,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import type { Connection } from '@consolemesh/mesh';

/** What the node of a simulated machine has to say of it. */
export interface DemoNodeFields {
  readonly name: string;
  readonly route: Route;
  readonly interfaces: { readonly graphical: string; readonly serial: string; readonly power: string };
  readonly driverInfo: Record<string, string>;
  readonly driverSecrets: Record<string, string>;
}

/** How long a deletion is awaited, ms. It is stored long before, and goes on alone. */
const deletionMs = 1_000;

/** By this label a node is known as one that an earlier run has made. */
const label = { demo: 'simulated' } as const;

/**
 * Makes a node, or changes the one that an earlier run has left in the same data folder. Where that run was killed, its machine is gone and
 * its console was never put back: nobody can do that any more, so that node is renamed and deleted, and another one is made.
 * @throws MeshError NODE_NAME_TAKEN when a node of this name is somebody's own; it stays as it is
 */
export async function registerDemoNode(connection: Connection, fields: DemoNodeFields): Promise<void> {
  const { name, ...rest } = fields;
  const nodes = connection.client(NodeServiceDefinition);
  const node = { ...rest, name, labels: { ...label } };
  try {
    await nodes.createNode({ node });
    return;
  } catch (error) {
    if (!(error instanceof MeshError) || error.reason !== 'NODE_NAME_TAKEN') throw error;
  }
  const found = (await nodes.getNode({ node: name })).node!;
  if (found.labels.demo !== label.demo) throw taken(found);
  if (await isStopped(connection, name)) {
    await nodes.updateNode({
      node: { ...node, id: found.id },
      updateMask: ['interfaces', 'driver_info', 'driver_secrets', 'route'],
    });
    return;
  }
  // It goes by itself once the lease of the dead conductor has ended and stopping has failed a few times; its name is needed before.
  const gone = `${name}-${randomBytes(4).toString('hex')}`;
  await nodes.updateNode({ node: { ...node, id: found.id, name: gone }, updateMask: ['name'] });
  const signal = AbortSignal.timeout(deletionMs);
  await nodes.deleteNode({ node: found.id, force: true }, { signal }).catch(() => {});
  await nodes.createNode({ node });
}

async function isStopped(connection: Connection, node: string): Promise<boolean> {
  const consoles = connection.client(ConsoleServiceDefinition);
  const kinds = [ConsoleKind.GRAPHICAL, ConsoleKind.SERIAL];
  const found = await Promise.all(kinds.map((kind) => consoles.getConsole({ node, kind })));
  return found.every(({ console }) => console?.observed === ObservedState.STOPPED);
}

function taken({ name }: Node): MeshError {
  return new MeshError(
    'NODE_NAME_TAKEN',
    `The node ${name} is no simulated machine, and one of this name was to be started: rename it, or use --no-simulator.`,
  );
}
