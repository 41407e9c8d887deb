import { MeshError, type Reason } from '@consolemesh/errors';
import { accessForStop } from '../domain/access-fingerprint.ts';
import { nodeParts } from '../domain/audit.ts';
import { type ConsoleRecord, type Incarnation, isActive } from '../domain/console.ts';
import { stopped } from '../domain/progress.ts';
import { endSession } from '../domain/session.ts';
import type { WriteUnit } from '../store/store.ts';
import { commit, type Job, type ReconcilerContext } from './context.ts';
import { consoleContext } from './start-console.ts';

/** Ends an incarnation: its sessions first, then the container, then the console, which puts back what was changed. */
export async function stopStep(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
  options: { again?: boolean } = {},
): Promise<void> {
  const { record, lease, signal } = job;
  const { generation } = incarnation;
  await commit(
    context,
    job,
    (stored) => stored,
    (unit, stored) => endSessions(unit, stored, generation),
  );
  if (incarnation.providerHolder) {
    const provider = context.plugins.provider(incarnation.provider, incarnation.providerHolder);
    await context.perInstance.run(provider.holder.instanceId, signal, () =>
      provider.port.stopContainer({ consoleId: record.id, generation, fence: lease.fence }, signal),
    );
  }
  await commitStopped(context, job, incarnation, {
    leftChanged: await stopAtDriver(context, job, incarnation),
    again: options.again === true,
  });
}

/** Commits that an incarnation is gone; with its last console a node that is being deleted goes too. */
export async function commitStopped(
  context: ReconcilerContext,
  job: Pick<Job, 'record' | 'lease'>,
  { generation }: Incarnation,
  outcome: { leftChanged: readonly string[]; again: boolean },
): Promise<void> {
  await commit(
    context,
    job,
    (stored, now) => stopped(stored, { stopped: generation, ...outcome }, now),
    async (unit, stored) => {
      await deleteWithLastConsole(unit, stored.nodeId);
    },
  );
}

async function stopAtDriver(
  context: ReconcilerContext,
  job: Job,
  incarnation: Incarnation,
): Promise<string[]> {
  // Chosen only: no call was made that could have changed anything.
  if (incarnation.progress === 'chosen') return [];
  const holder =
    incarnation.holder && !context.plugins.isGone(incarnation.holder) ? incarnation.holder : undefined;
  const reached = context.plugins.driver(incarnation.driver, holder);
  const { access: started, password } = incarnation.secrets.reveal();
  const { access, outdated } = accessForStop(started, job.node, context.plugins.locating(incarnation.driver));
  try {
    const { leftChanged } = await context.perInstance.run(reached.holder.instanceId, job.signal, () =>
      reached.port.stopConsole(consoleContext(job, incarnation, access), password, job.signal),
    );
    return leftChanged;
  } catch (error) {
    throw outdated === '' ? error : withRemark(error, outdated);
  }
}

/** The same error with a remark in brackets, which is there however long the message is. */
function withRemark(error: unknown, remark: string): unknown {
  if (!(error instanceof MeshError)) return error;
  const { reason, message, violations, metadata } = error;
  const sentence = message.slice(0, 600).replace(/\.$/, '');
  return new MeshError(reason, `${sentence} (${remark}).`, { violations, metadata, cause: error });
}

/** Ends every session of a console's incarnations up to this one. */
export async function endSessions(unit: WriteUnit, record: ConsoleRecord, generation: bigint): Promise<void> {
  const disabled = record.desired === 'disabled';
  const reason: Reason = disabled ? 'CONSOLE_DISABLED' : 'STALE_GENERATION';
  const message = disabled
    ? 'It can be opened again when somebody has enabled it.'
    : 'The console is being made anew; ask for a new link in a moment.';
  for (const session of await unit.liveSessions(record.id)) {
    if (session.generation > generation) continue;
    await unit.putSession(endSession(session, { reason, message, at: unit.now }));
  }
}

/** Deletes a node that is marked for it as soon as nothing of its consoles is left. Answers whether it did. */
export async function deleteWithLastConsole(unit: WriteUnit, nodeId: string): Promise<boolean> {
  const node = await unit.findNode(nodeId);
  if (!node?.deleting) return false;
  const consoles = await unit.consolesOfNode(nodeId);
  if (consoles.some(isActive)) return false;
  await unit.audit({ kind: 'node.deleted', ...nodeParts(node) });
  await unit.deleteNode(nodeId);
  return true;
}
