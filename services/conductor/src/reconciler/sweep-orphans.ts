import { Affinity } from '@consolemesh/contracts/plugin';
import { type ConsoleRecord, incarnationOf } from '../domain/console.ts';
import { accessOf } from '../domain/node.ts';
import type { PluginInstance } from '../plugins/plugin-instance.ts';
import { kindToWire } from '../wire/kinds.ts';
import type { ReconcilerContext } from './context.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

/** Something that a plugin says it has. */
interface Listed {
  readonly consoleId: string;
  readonly generation: bigint;
}

/** Consoles that are looked up together. */
const batch = 200;

/**
 * Compares what plugins say they have with what is wanted, and stops what is left over: late calls that arrived after a stop, and
 * consoles that a plugin kept while it was out of reach. Only ids that this database knows are touched; what belongs to another mesh at
 * the same plugin stays.
 */
export async function sweepOrphans(
  context: ReconcilerContext,
  leases: LeaseKeeper,
  signal: AbortSignal,
): Promise<void> {
  for (const { instance, port } of context.plugins.drivers()) {
    const listed = await collect(context, instance, () => port.listConsoles(signal));
    await sweep(context, leases, listed, instance, async (record, { generation }, fence) => {
      const node = await context.store.findNode(record.nodeId);
      if (!node) return;
      await port.stopConsole(
        {
          consoleId: record.id,
          generation,
          fence,
          kind: record.kind,
          access: accessOf(node),
          driverState: Buffer.alloc(0),
          // Nothing is put back: what this incarnation changed was put back when it was stopped, or is in use by its successor.
          restoreState: Buffer.alloc(0),
        },
        '',
        signal,
      );
    });
  }
  for (const { instance, port } of context.plugins.providers()) {
    const listed = await collect(context, instance, () => port.listContainers(signal));
    await sweep(context, leases, listed, instance, (record, { generation }, fence) =>
      port.stopContainer({ consoleId: record.id, generation, fence }, signal),
    );
  }
}

async function collect(
  context: ReconcilerContext,
  instance: PluginInstance,
  list: () => AsyncGenerator<Listed>,
): Promise<Listed[]> {
  const listed: Listed[] = [];
  try {
    for await (const item of list()) listed.push(item);
  } catch (error) {
    context.logger.debug({ plugin: instance.name, err: error }, 'a plugin does not list what it has');
    return [];
  }
  return listed;
}

async function sweep(
  context: ReconcilerContext,
  leases: LeaseKeeper,
  listed: readonly Listed[],
  instance: PluginInstance,
  stop: (record: ConsoleRecord, listed: Listed, fence: bigint) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < listed.length; start += batch) {
    const part = listed.slice(start, start + batch);
    const records = new Map(
      (await context.store.consolesById(part.map(({ consoleId }) => consoleId))).map((record) => [
        record.id,
        record,
      ]),
    );
    for (const item of part) {
      const record = records.get(item.consoleId);
      if (record && isOrphan(record, item.generation, instance))
        await stopOne(context, leases, record, item, stop);
    }
  }
}

async function stopOne(
  context: ReconcilerContext,
  leases: LeaseKeeper,
  record: ConsoleRecord,
  item: Listed,
  stop: (record: ConsoleRecord, listed: Listed, fence: bigint) => Promise<void>,
): Promise<void> {
  const held = leases.get(record.id);
  // Somebody else's console is somebody else's to clear up.
  const lease = held ?? (await leases.acquire(record.id));
  if (!lease || lease.mutableAt > context.scheduler.now()) return;
  try {
    context.logger.info(
      { console: record.id, generation: item.generation },
      'stopping what a plugin has left over',
    );
    await stop(record, item, lease.fence);
  } catch (error) {
    context.logger.info(
      { console: record.id, err: error },
      'what a plugin has left over cannot be stopped now',
    );
  } finally {
    if (!held && record.state.observed === 'stopped') await leases.release([record.id]);
  }
}

/**
 * Whether an incarnation at a plugin is left over: an older one than what exists, or any where nothing should exist; and one at an
 * instance that is not the holder any more, where only the holder answers for a console.
 */
export function isOrphan(record: ConsoleRecord, generation: bigint, instance: PluginInstance): boolean {
  const incarnation = incarnationOf(record.state);
  if (generation > record.generation) return false;
  if (!incarnation) return record.desired === 'disabled' || generation < record.generation;
  if (generation < incarnation.generation) return true;
  if (generation > incarnation.generation || instance.type !== 'driver' || !incarnation.holder) return false;
  const affinity = instance.capabilities.consoles.find(
    ({ kind }) => kind === kindToWire(record.kind),
  )?.affinity;
  const elsewhere = incarnation.holder.instanceId !== instance.instanceId;
  return elsewhere && affinity !== Affinity.NONE && incarnation.progress === 'reachable';
}
