import { MeshError } from '@consolemesh/errors';
import { observe } from '@consolemesh/telemetry';
import { type ConsoleRecord, type Incarnation, isActive } from '../domain/console.ts';
import type { LeaseTimes } from '../domain/lease.ts';
import { accusesMachine } from '../domain/session.ts';
import type { SeenConsole } from '../plugins/driver-adapter.ts';
import { isUsable } from '../plugins/plugin-directory.ts';
import type { Changes } from '../store/store.ts';
import type { ChangeFeed } from './change-feed.ts';
import { startChores } from './chores.ts';
import { commit, type Job, type ReconcilerContext } from './context.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import { createLimiter } from './limits.ts';
import { type Outcome, reconcileOnce } from './reconcile-console.ts';
import { createRounds } from './rounds.ts';
import { consoleContext } from './start-console.ts';
import { stopAll } from './stop-all.ts';
import { createSuspicions } from './suspicions.ts';
import { judge, weigh } from './verify-console.ts';
import { createDriverWatches } from './watch-drivers.ts';
import { createProviderWatches } from './watch-providers.ts';

/** Closes the gap between what is wanted, what is so and what plugins have, for the consoles whose leases this conductor holds. */
export interface Reconciler extends AsyncDisposable {
  /** Ends without giving anything back or waiting for anything, as a crash would. */
  abandon(): void;
  /** Looks for what plugins have left over, now. */
  sweep(): Promise<void>;
}

/** How it works. */
export interface ReconcilerOptions {
  readonly context: ReconcilerContext;
  readonly feed: ChangeFeed;
  readonly times: LeaseTimes;
  /** Stop the consoles of this conductor before it ends, instead of leaving them for adoption. */
  readonly stopOnExit: boolean;
}

/** Consoles that are worked on at once, whatever the number of plugins. */
const mostAtOnce = 96;
/** Pause after an error of the conductor itself, such as a database that does not answer, ms. */
const recoverMs = 1_000;

/** Failures that a plugin's coming may end. */
const waitsForPlugins = new Set([
  'NO_DRIVER',
  'DRIVER_NOT_FOUND',
  'DRIVER_UNAVAILABLE',
  'PROVIDER_NOT_FOUND',
  'PROVIDER_UNAVAILABLE',
  'ENDPOINT_KIND_UNACCEPTABLE',
]);

/** The round of a console that is in progress: what it was decided on, and a way to end it when that has changed. */
interface InProgress {
  readonly record: ConsoleRecord;
  readonly moved: AbortController;
}

/** Starts at once. */
export function createReconciler({ context, feed, times, stopOnExit }: ReconcilerOptions): Reconciler {
  const { store, plugins, scheduler, logger, failures, random } = context;
  const inProgress = new Map<string, InProgress>();
  /** Fence under which a console was looked at since its lease was taken. */
  const verified = new Map<string, bigint>();
  /** Revision that the last round of a console has seen; older news is no news. */
  const settledAt = new Map<string, bigint>();
  /** Consoles that are watched, with what is watched. */
  const watched = new Map<string, { job: Job; incarnation: Incarnation }>();
  /** Consoles that wait, and for what failure. */
  const waiting = new Map<string, ConsoleRecord>();
  const everything = createLimiter(mostAtOnce);
  const closing = new AbortController();

  const rounds = createRounds({ scheduler, limiter: everything, round, onFailed });
  const leases = createLeaseKeeper({
    store,
    scheduler,
    logger,
    owner: context.owner,
    times,
    onAcquired: ({ consoleId }) => rounds.wake(consoleId),
    onLost: forget,
  });
  const driverWatches = createDriverWatches({
    scheduler,
    failures,
    onSeen: (seen) => void apply(seen),
    onBroken: (ids) => {
      for (const id of ids) doubt(id);
      void plugins.directory.refresh();
    },
  });
  const providerWatches = createProviderWatches({
    scheduler,
    failures,
    onSeen: (seen) => {
      const known = watched.get(seen.consoleId);
      if (known?.incarnation.endpointKind !== 'container') return;
      if (seen.generation !== known.incarnation.generation || seen.phase === 'starting') return;
      const shown = known.job.record.state.observed;
      if (seen.phase !== shown) doubt(seen.consoleId);
    },
    onBroken: (instanceId) => {
      for (const [id, { incarnation }] of watched)
        if (incarnation.providerHolder?.instanceId === instanceId) doubt(id);
    },
  });

  const suspicions = createSuspicions({ scheduler, random, look: doubt });

  /** The next round looks at the plugins before it believes the record. */
  function doubt(id: string): void {
    verified.delete(id);
    if (leases.get(id)) rounds.wake(id);
  }

  function forget(id: string): void {
    rounds.stop(id);
    suspicions.forget(id);
    failures.works(id);
    verified.delete(id);
    settledAt.delete(id);
    watched.delete(id);
    waiting.delete(id);
    driverWatches.unwatch(id);
  }

  async function onFailed(id: string, error: unknown, stopped: boolean): Promise<void> {
    const reason = error instanceof MeshError ? error.reason : undefined;
    if (reason === 'LEASE_LOST') return leases.forget(id);
    if (reason === 'STALE_FENCE') return giveBack(id);
    if (stopped) return;
    if (reason !== 'CANCELLED')
      logger.warn({ console: id, err: error }, 'a console could not be reconciled; trying again');
    rounds.wakeLater(id, recoverMs);
  }

  /** One look and at most one step. True: look again at once. */
  async function round(id: string, ended: AbortSignal): Promise<boolean> {
    const lease = leases.get(id);
    if (!lease) return false;
    const record = await store.findConsole(id);
    const node = record && (await store.findNode(record.nodeId));
    if (!record || !node) {
      await giveBack(id);
      return false;
    }
    const moved = new AbortController();
    inProgress.set(id, { record, moved });
    const lingering = record.lingerUntil !== undefined;
    const openSessions = lingering ? (await store.liveSessions(id)).length : 0;
    const raise = () => leases.raise(lease);
    const read = { record, node, lease, raise, now: await store.now(), openSessions };
    const unverified = verified.get(id) !== lease.fence;
    try {
      const signal = AbortSignal.any([ended, moved.signal]);
      const outcome = await reconcileOnce(context, read, unverified, signal);
      settledAt.set(id, record.revision);
      return await proceed(id, record, outcome, lease.fence);
    } catch (error) {
      // Wanted otherwise in the middle of a step: look again, for what is wanted now.
      if (moved.signal.aborted && !ended.aborted) return true;
      throw error;
    } finally {
      inProgress.delete(id);
    }
  }

  async function proceed(
    id: string,
    record: ConsoleRecord,
    outcome: Outcome,
    fence: bigint,
  ): Promise<boolean> {
    waiting.delete(id);
    if (outcome.kind !== 'watch') stopWatching(id);
    switch (outcome.kind) {
      case 'idle':
        await giveBack(id);
        return false;
      case 'watch':
        verified.set(id, fence);
        failures.works(id, { console: id, node: record.nodeName }, 'a console is as wanted again');
        watch(id, outcome.job, outcome.incarnation);
        return false;
      case 'wait':
        waiting.set(id, record);
        rounds.wakeLater(id, outcome.ms);
        return false;
      case 'blocked':
        return false;
      case 'again':
        // The step was the look, or has just made what there is: either way it is known now.
        verified.set(id, fence);
        return true;
    }
  }

  function watch(id: string, job: Job, incarnation: Incarnation): void {
    watched.set(id, { job, incarnation });
    const { holder } = incarnation;
    const instance = holder && plugins.held('driver', holder);
    if (instance) driverWatches.watch(instance, consoleContext(job, incarnation));
    // Not usable at the moment, or not found yet: the directory says when that changes.
    else driverWatches.unwatch(id);
  }

  function stopWatching(id: string): void {
    if (watched.delete(id)) driverWatches.unwatch(id);
  }

  async function giveBack(id: string): Promise<void> {
    forget(id);
    await leases.release([id]);
  }

  /** What a driver said by itself. */
  async function apply(said: SeenConsole): Promise<void> {
    const { consoleId: id, phase } = said;
    const known = watched.get(id);
    const lease = leases.get(id);
    if (!known || !lease) return;
    // With a container there are two to ask; the look does that.
    if (known.incarnation.endpointKind === 'container' && phase === 'ready') {
      if (known.job.record.state.observed !== 'ready') doubt(id);
      return;
    }
    try {
      const seen = await weigh(store, known.job.record, said);
      const step = (record: ConsoleRecord, now: number) => judge(record, seen, undefined, now);
      if (step(known.job.record, 0) === known.job.record) return;
      if (await commit(context, { record: known.job.record, lease }, step)) rounds.wake(id);
    } catch (error) {
      logger.info({ console: id, err: error }, 'what a driver said could not be used');
      doubt(id);
    }
  }

  function onChanges({ consoles, sessions }: Changes): void {
    for (const session of sessions) {
      const { consoleId, state, generation } = session;
      // A linger is over with its last session.
      if (state === 'ended' && waiting.get(consoleId)?.lingerUntil !== undefined) rounds.wake(consoleId);
      const known = watched.get(consoleId);
      if (known?.incarnation.generation !== generation) continue;
      // What was left alone for its sake is looked at again without it.
      const spared = state !== 'open' && known.job.record.state.observed === 'degraded';
      if (spared || accusesMachine(session)) suspicions.report(consoleId);
    }
    for (const record of consoles) {
      const working = inProgress.get(record.id);
      if (working && isWantedOtherwise(working.record, record)) {
        rounds.wake(record.id);
        working.moved.abort();
      } else if (leases.get(record.id)) {
        if (!rounds.isRunning(record.id) && record.revision > (settledAt.get(record.id) ?? -1n))
          rounds.wake(record.id);
      } else if (isActive(record) && isNew(record)) {
        void leases.acquire(record.id).then(
          (lease) => lease && rounds.wake(lease.consoleId),
          (error) => logger.debug({ err: error }, 'a lease could not be taken'),
        );
      }
    }
  }

  function onPlugins(): void {
    providerWatches.watchAll(plugins.directory.instances('provider').filter(isUsable));
    for (const [id, { job, incarnation }] of watched) {
      const { holder, providerHolder } = incarnation;
      if ((holder && plugins.isGone(holder)) || (providerHolder && plugins.isGone(providerHolder)))
        rounds.wake(id);
      else watch(id, job, incarnation);
    }
    for (const [id, record] of waiting)
      if (waitsForPlugins.has(record.lastError?.reason ?? '')) void retryNow(id);
  }

  /** Somebody came who may be the one that was missing. */
  async function retryNow(id: string): Promise<void> {
    const record = waiting.get(id);
    const lease = leases.get(id);
    if (!record || !lease || record.retry.kind !== 'at') return;
    try {
      await commit(context, { record, lease }, (stored) =>
        stored.revision === record.revision ? { ...stored, retry: { kind: 'none' } } : undefined,
      );
      rounds.wake(id);
    } catch (error) {
      logger.debug({ console: id, err: error }, 'a console waits for its next try');
    }
  }

  const chores = startChores(context, leases);
  const counted = observe('consolemesh_reconciler_consoles', () =>
    Object.entries(rounds.counts()).map(([state, value]) => ({ labels: { state }, value })),
  );
  const unsubscribe = [feed.onChanges(onChanges), plugins.directory.onChange(onPlugins)];
  onPlugins();

  function close(): void {
    closing.abort();
    counted[Symbol.dispose]();
    suspicions.close();
    for (const stop of unsubscribe) stop();
    rounds.close();
  }

  return {
    sweep: chores.sweep,
    abandon() {
      close();
      void driverWatches[Symbol.asyncDispose]();
      void providerWatches[Symbol.asyncDispose]();
      void chores[Symbol.asyncDispose]();
      leases.abandon();
    },
    async [Symbol.asyncDispose]() {
      close();
      await rounds.ended();
      await Promise.all([
        driverWatches[Symbol.asyncDispose](),
        providerWatches[Symbol.asyncDispose](),
        chores[Symbol.asyncDispose](),
      ]);
      if (stopOnExit) await stopAll(context, leases.held(), everything);
      await leases[Symbol.asyncDispose]();
    },
  };
}

/** Whether somebody has changed his mind since a round began. */
function isWantedOtherwise(before: ConsoleRecord, now: ConsoleRecord): boolean {
  const differs = before.desired !== now.desired || before.generation !== now.generation;
  return differs && now.revision > before.revision;
}

/** A console that somebody has just begun to want otherwise; whoever noticed it first may take it. */
function isNew(record: ConsoleRecord): boolean {
  const { observed } = record.state;
  return record.retry.kind === 'none' && (observed === 'starting' || observed === 'stopping');
}
