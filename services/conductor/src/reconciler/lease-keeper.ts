import { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import { count, observe } from '@consolemesh/telemetry';
import { type HeldLease, heldLease, type LeaseTimes, renewed } from '../domain/lease.ts';
import { every, type Scheduler } from '../scheduler.ts';
import type { ConductorStore } from '../store/store.ts';

/** The leases of this conductor. */
export interface LeaseKeeper extends AsyncDisposable {
  /** The lease, as long as calls may be made under it. */
  get(consoleId: string): HeldLease | undefined;
  /** Every lease that is held. */
  held(): readonly HeldLease[];
  /** Takes one lease if nobody has it. */
  acquire(consoleId: string): Promise<HeldLease | undefined>;
  /** The same lease with a higher fence: from now on, plugins refuse calls that were made before. @throws MeshError LEASE_LOST */
  raise(lease: HeldLease): Promise<HeldLease>;
  /** Gives leases back: nothing is going on under them any more. */
  release(consoleIds: readonly string[]): Promise<void>;
  /** Forgets a lease that the database says is lost. */
  forget(consoleId: string): void;
  /** Ends without giving anything back, as a crash would. */
  abandon(): void;
}

/** What the keeper is made with. */
export interface LeaseKeeperOptions {
  readonly store: ConductorStore;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Name of this conductor, unique to the process. */
  readonly owner: string;
  readonly times: LeaseTimes;
  readonly onAcquired: (lease: HeldLease) => void;
  readonly onLost: (consoleId: string) => void;
}

/** Most leases that are taken in one go; a large takeover is spread over a few ticks. */
const batch = 1_000;

/**
 * Takes leases that nobody holds, renews its own in bulk after a third of their length, and drops what could not be renewed in time. It
 * looks fifteen times in a lease's length, so that a call ends well inside the guard.
 */
export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { store, scheduler, logger, owner, times } = options;
  const leases = new Map<string, HeldLease>();
  let renewedAt = scheduler.now();
  const held = observe('consolemesh_leases_held', () => [{ labels: {}, value: leases.size }]);

  function lose(consoleId: string): void {
    if (!leases.delete(consoleId)) return;
    count('consolemesh_leases_lost_total', {});
    options.onLost(consoleId);
  }

  async function renew(): Promise<void> {
    const before = [...leases.values()];
    const askedAt = scheduler.now();
    const fences = await store.leases.renew(owner, times);
    renewedAt = askedAt;
    for (const lease of before) {
      if (leases.get(lease.consoleId) !== lease) continue;
      if (fences.get(lease.consoleId) === lease.fence) {
        leases.set(lease.consoleId, renewed(lease, askedAt, times));
      } else {
        logger.warn({ console: lease.consoleId }, 'a lease is lost');
        lose(lease.consoleId);
      }
    }
  }

  async function acquireFree(): Promise<void> {
    const askedAt = scheduler.now();
    const granted = await store.leases.acquire(owner, times, batch);
    const answeredAt = scheduler.now();
    for (const item of granted) {
      const lease = heldLease(item, askedAt, answeredAt, times);
      leases.set(lease.consoleId, lease);
      options.onAcquired(lease);
    }
    if (granted.length > 0) logger.info({ consoles: granted.length }, 'took leases over');
  }

  const ticks = every(scheduler, Math.min(1_000, times.lease / 15), async () => {
    try {
      if (leases.size > 0 && scheduler.now() - renewedAt >= times.lease / 3) await renew();
      await acquireFree();
    } catch (error) {
      logger.warn({ err: error }, 'the leases cannot be kept; trying again');
    }
    const now = scheduler.now();
    for (const lease of [...leases.values()]) if (lease.callsEndAt <= now) lose(lease.consoleId);
  });

  return {
    get(consoleId) {
      const lease = leases.get(consoleId);
      return lease && lease.callsEndAt > scheduler.now() ? lease : undefined;
    },
    held: () => [...leases.values()],
    async acquire(consoleId) {
      if (leases.size === 0) renewedAt = scheduler.now();
      const askedAt = scheduler.now();
      const granted = await store.leases.acquireOne(consoleId, owner, times);
      if (!granted) return undefined;
      const lease = heldLease(granted, askedAt, scheduler.now(), times);
      leases.set(consoleId, lease);
      return lease;
    },
    async raise(lease) {
      const fence = await store.leases.raise(lease.consoleId, owner, lease.fence);
      const held = leases.get(lease.consoleId);
      if (fence === undefined || !held) throw new MeshError('LEASE_LOST');
      const raised = { ...held, fence };
      leases.set(lease.consoleId, raised);
      return raised;
    },
    async release(consoleIds) {
      for (const id of consoleIds) leases.delete(id);
      await store.leases.release(owner, consoleIds);
    },
    forget: lose,
    abandon() {
      held[Symbol.dispose]();
      leases.clear();
      void ticks[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await ticks[Symbol.asyncDispose]();
      held[Symbol.dispose]();
      leases.clear();
      // Given back, the next owner need not wait for an expiry.
      await store.leases
        .release(owner)
        .catch((error) => logger.warn({ err: error }, 'the leases stay until they expire'));
    },
  };
}
