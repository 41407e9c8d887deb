import type { Logger } from '@consolemesh/mesh';
import type { ConsoleRecord } from '../domain/console.ts';
import type { Route } from '../domain/kinds.ts';
import type { HeldLease } from '../domain/lease.ts';
import type { Node } from '../domain/node.ts';
import type { Step } from '../domain/progress.ts';
import type { Plugins } from '../plugins/plugins.ts';
import type { Scheduler } from '../scheduler.ts';
import type { ConductorStore, WriteUnit } from '../store/store.ts';
import type { FailureLog } from './failure-log.ts';
import type { Limiter } from './limits.ts';

/** What every part of the reconciler works with. */
export interface ReconcilerContext {
  readonly store: ConductorStore;
  readonly plugins: Plugins;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Failures that are tried again, of consoles (by id) and watches (by instance). */
  readonly failures: FailureLog;
  /** Name of this conductor, unique to the process. */
  readonly owner: string;
  /** Calls that run at once at one plugin instance. */
  readonly perInstance: Limiter;
  /** Resolves when the next verification may be made. */
  readonly verifyPace: (signal: AbortSignal) => Promise<void>;
  /** Route of nodes that say nothing. */
  readonly route: Route;
  /** Audit events older than this are deleted, ms; undefined: none. */
  readonly auditRetentionMs?: number | undefined;
  /** In [0, 1); for the jitter of back-offs. */
  readonly random: () => number;
}

/** One console at work: what was read, under which lease, until when. */
export interface Job {
  readonly record: ConsoleRecord;
  readonly node: Node;
  readonly lease: HeldLease;
  /** Aborted when the lease is lost, when the console is wanted otherwise, and when the conductor ends. */
  readonly signal: AbortSignal;
}

/**
 * Commits one step under the lease. Undefined when the console has moved on in between: then everything is decided anew. `also` runs in
 * the same write.
 * @throws MeshError LEASE_LOST
 */
export function commit(
  { store, owner }: ReconcilerContext,
  { record: { id }, lease }: Pick<Job, 'record' | 'lease'>,
  step: (record: ConsoleRecord, now: number) => Step,
  also?: (unit: WriteUnit, record: ConsoleRecord) => Promise<void>,
): Promise<ConsoleRecord | undefined> {
  return store.write(async (unit) => {
    await unit.requireLease(id, owner, lease.fence);
    const record = await unit.findConsole(id);
    const next = record && step(record, unit.now);
    if (!next) return undefined;
    const stored = next === record ? record : await unit.putConsole(next);
    await also?.(unit, stored);
    return stored;
  });
}
