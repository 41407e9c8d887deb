import { MeshError } from '@consolemesh/errors';
import { inSpan, measure, reasonOf } from '@consolemesh/telemetry';
import { accessFingerprint } from '../domain/access-fingerprint.ts';
import { nextRetry } from '../domain/back-off.ts';
import { type ConsoleRecord, type Incarnation, incarnationOf } from '../domain/console.ts';
import { failureOf } from '../domain/failure.ts';
import { leftByGivingUp } from '../domain/give-up.ts';
import type { HeldLease } from '../domain/lease.ts';
import { nextWork, type Work } from '../domain/next-work.ts';
import { attemptsOf, degraded, startFailed, stopFailed } from '../domain/progress.ts';
import { commit, type Job, type ReconcilerContext } from './context.ts';
import { chooseStep, prepareStep, startStep } from './start-console.ts';
import { commitStopped, stopStep } from './stop-console.ts';
import { verifyStep } from './verify-console.ts';

/**
 * How a round ended.
 * - `idle`: the console needs nobody; its lease can go.
 * - `watch`: reachable; to be watched at its holder.
 * - `wait`: nothing to do for `ms`.
 * - `blocked`: nothing to do until somebody changes something.
 * - `again`: a step was made; look again at once.
 */
export type Outcome =
  | { readonly kind: 'idle' }
  | { readonly kind: 'watch'; readonly job: Job; readonly incarnation: Incarnation }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'again' };

/** A stop of a node that is being deleted is given up after so many attempts. */
const deletingAttempts = 3;

/**
 * Makes at most one step toward what is wanted. Level-triggered: reads the record, asks the domain what is next, does that, commits.
 * `unverified`: the console was taken over, or somebody doubts it.
 */
export async function reconcileOnce(
  context: ReconcilerContext,
  read: Omit<Job, 'signal'> & { now: number; openSessions: number; raise: () => Promise<HeldLease> },
  unverified: boolean,
  signal: AbortSignal,
): Promise<Outcome> {
  const { record, node, lease, now, openSessions } = read;
  const job: Job = { record, node, lease, signal };
  const fingerprint = accessFingerprint(node, record.kind);
  const work = nextWork(record, { now, fingerprint, openSessions });
  if (work.do === 'rest') return { kind: 'idle' };
  if (work.do === 'blocked') return { kind: 'blocked' };
  if (work.do === 'wait') return { kind: 'wait', ms: work.until - now };
  const gone = work.do === 'watch' ? goneHolder(context, work.incarnation) : undefined;
  if (work.do === 'watch' && !unverified && !gone)
    return { kind: 'watch', job, incarnation: work.incarnation };
  // A look changes nothing; everything else waits until the former owner's last calls have ended.
  const settling = lease.mutableAt - context.scheduler.now();
  if (settling > 0 && (work.do !== 'watch' || gone)) return { kind: 'wait', ms: settling };
  try {
    if (gone)
      await restart(
        context,
        { ...job, lease: await read.raise() },
        work as Extract<Work, { do: 'watch' }>,
        gone,
      );
    else if (work.do === 'watch') {
      const asRecorded = await verifyStep(context, job, work.incarnation);
      if (asRecorded) return { kind: 'watch', job, incarnation: work.incarnation };
    } else await makeStep(context, job, work);
  } catch (error) {
    await settle(context, job, work, fingerprint, error);
    // The look failed, not the console: it is doubted until a look succeeds.
    if (work.do === 'watch') return { kind: 'wait', ms: 1_000 };
  }
  return { kind: 'again' };
}

/** Makes the step: in the trace of whoever wants it, but a repetition, which may go on for days, in one of its own that points there. */
async function makeStep(context: ReconcilerContext, job: Job, work: Work): Promise<void> {
  const { id, kind, retry, trace = '' } = job.record;
  const repeated = retry.kind !== 'none';
  const attributes = { 'consolemesh.console_id': id, 'consolemesh.kind': kind };
  const started = performance.now();
  let reason = 'OK';
  try {
    await inSpan(`${work.do} console`, { parent: repeated ? 'root' : trace, attributes }, (span) => {
      if (repeated) span.link(trace);
      return stepOf(context, job, work);
    });
  } catch (error) {
    reason = reasonOf(error);
    throw error;
  } finally {
    measure('consolemesh_reconciler_step_seconds', (performance.now() - started) / 1000, {
      step: work.do,
      reason,
    });
  }
}

async function stepOf(context: ReconcilerContext, job: Job, work: Work): Promise<void> {
  switch (work.do) {
    case 'choose':
      return chooseStep(context, job);
    case 'prepare':
      return prepareStep(context, job, work.incarnation);
    case 'start':
      return startStep(context, job, work.incarnation);
    case 'stop':
      return stopStep(context, job, work.incarnation);
  }
}

function goneHolder(
  { plugins }: ReconcilerContext,
  { holder, providerHolder }: Incarnation,
): string | undefined {
  if (holder && plugins.isGone(holder)) return 'The driver instance that held the console is gone.';
  if (providerHolder && plugins.isGone(providerHolder))
    return 'The provider instance that held the container is gone.';
  return undefined;
}

/** Its holder is gone, or is only out of reach: with a higher fence it can do no harm when it comes back. */
async function restart(
  context: ReconcilerContext,
  job: Job,
  { incarnation: { generation } }: Extract<Work, { do: 'watch' }>,
  message: string,
): Promise<void> {
  await commit(context, job, (stored, now) =>
    degraded(stored, { generation, failure: { reason: 'NOT_HELD', message, at: now }, again: true }, now),
  );
}

/** Writes down what a step failed with, and when it is tried again. Rethrows what is not the console's failure. */
async function settle(
  context: ReconcilerContext,
  job: Job,
  work: Work,
  fingerprint: string,
  error: unknown,
): Promise<void> {
  if (job.signal.aborted || isNobodysFailure(error)) throw error;
  const { record, node } = job;
  context.failures.failed(
    record.id,
    error,
    { console: record.id, node: node.name, kind: record.kind, step: work.do },
    'a step toward the wanted state failed',
  );
  if (work.do === 'watch') return;
  const stored = await commit(context, job, (stored, now) => {
    const failure = failureOf(error, now);
    const retry = nextRetry(failure.reason, attemptsOf(record.retry) + 1, now, fingerprint, context.random());
    if (work.do === 'stop') {
      return stopFailed(stored, { stopped: work.incarnation.generation, failure, retry }, now);
    }
    return startFailed(stored, { generation: record.generation, failure, retry }, now);
  });
  if (work.do === 'stop' && node.deleting && stored) await giveUp(context, job, stored);
  // A higher fence was seen there: only a lease that is taken anew can speak again.
  if (error instanceof MeshError && error.reason === 'STALE_FENCE') throw error;
}

/** A node that has to go goes, even if its BMC cannot be put right: after a few attempts, or when only other credentials could help. */
async function giveUp(context: ReconcilerContext, job: Job, stored: ConsoleRecord): Promise<void> {
  const incarnation = incarnationOf(stored.state);
  const hopeless = stored.retry.kind === 'blocked' || attemptsOf(stored.retry) >= deletingAttempts;
  if (!incarnation || !hopeless) return;
  const leftChanged = leftByGivingUp(stored, context.plugins.locating(incarnation.driver));
  context.logger.warn(
    { console: stored.id, node: job.node.name, reason: stored.lastError?.reason, leftChanged },
    'a console of a deleted node could not be stopped; what it changed at the BMC stays',
  );
  await commitStopped(context, job, incarnation, { leftChanged, again: false });
}

function isNobodysFailure(error: unknown): boolean {
  if (!(error instanceof MeshError)) return false;
  const { reason } = error;
  return reason === 'LEASE_LOST' || reason === 'STORE_UNAVAILABLE' || reason === 'CANCELLED';
}
