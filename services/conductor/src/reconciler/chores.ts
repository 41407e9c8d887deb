import { every } from '../scheduler.ts';
import { ageSessions, forgetOld } from './age-sessions.ts';
import type { ReconcilerContext } from './context.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { pruneAudit } from './prune-audit.ts';
import { sweepOrphans } from './sweep-orphans.ts';

/** What a conductor does from time to time, whichever consoles it is in charge of. Disposing waits for what runs. */
export interface Chores extends AsyncDisposable {
  /** Looks for what plugins have left over, now. */
  sweep(): Promise<void>;
}

/** From the end of one to the beginning of the next, ms. */
const intervals = { sessions: 2_000, forget: 600_000, orphans: 30_000, prune: 60_000 };

/** Ages sessions, forgets what is old, sweeps, and prunes the audit log; a failure is logged, and the next time comes. */
export function startChores(context: ReconcilerContext, leases: LeaseKeeper): Chores {
  const { store, scheduler, logger, auditRetentionMs } = context;
  const closing = new AbortController();
  const guarded = (what: string, chore: () => Promise<unknown>) => async () => {
    try {
      await chore();
    } catch (error) {
      if (!closing.signal.aborted) logger.warn({ err: error }, `${what} failed; trying again`);
    }
  };
  const age = guarded('the ageing of sessions', () => ageSessions(store));
  const forget = guarded('forgetting', () => forgetOld(store));
  const sweep = guarded('the sweep of what plugins have left over', () =>
    sweepOrphans(context, leases, closing.signal),
  );
  const prune = guarded('the deletion of old audit events', () =>
    auditRetentionMs === undefined
      ? Promise.resolve()
      : pruneAudit(store, auditRetentionMs, () => closing.signal.aborted),
  );
  const loops = [
    every(scheduler, intervals.sessions, age),
    every(scheduler, intervals.forget, forget),
    every(scheduler, intervals.orphans, sweep),
    every(scheduler, intervals.prune, prune),
  ];
  return {
    sweep,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all(loops.map((loop) => loop[Symbol.asyncDispose]()));
    },
  };
}
