import type { Logger } from '@consolemesh/mesh';
import type { FollowedKeyRing, RingNews } from '@consolemesh/store';
import { every, type Scheduler } from '../scheduler.ts';
import type { ConductorStore, SealCount, SealCursor } from '../store/store.ts';

/** How often the file of the key ring is looked at, ms. New content counts at the second look. */
export const ringLookMs = 2_000;
/** What lies under old keys is looked for when the ring has changed, and this often besides, ms: another conductor may have been later. */
const wholePassMs = 600_000;
/** Secrets that are sealed anew in one write. */
const batch = 50;

/** What keeping the secrets sealed needs. */
export interface SealKeeperOptions {
  readonly store: Pick<ConductorStore, 'seals'>;
  /** Undefined where the keys are given and cannot change. */
  readonly ring: FollowedKeyRing | undefined;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/**
 * Follows the key ring and seals anew, in small writes, what lies under another key than its first; every conductor does so. Says in the log
 * what is left under which key when that changes, and which key is missing. Disposing waits for the write that runs.
 */
export function startSealKeeper(options: SealKeeperOptions): AsyncDisposable {
  const { store, ring, scheduler, logger } = options;
  let stopped = false;
  let dueAt = scheduler.now();
  let told = '';
  let failing = false;

  function tell(news: RingNews): void {
    if (news.kind === 'changed') {
      const keys = ring?.current().map(({ id }) => id);
      logger.info({ keys }, 'the key ring has changed; the first of its keys seals');
    } else if (news.kind === 'refused') {
      logger.error({ why: news.why }, 'the new key ring cannot be used; the old one stays');
    }
  }

  async function renewAll(): Promise<number> {
    let renewed = 0;
    let at: SealCursor | undefined;
    do {
      const done = await store.seals.renew(at, batch);
      renewed += done.renewed;
      at = done.next;
    } while (at && !stopped);
    return renewed;
  }

  async function pass(): Promise<void> {
    const renewed = await renewAll();
    if (stopped) return;
    if (renewed > 0) await store.seals.scrub();
    const counts = await store.seals.count();
    const state = JSON.stringify(counts);
    if (renewed > 0 || (told !== '' && told !== state)) {
      logger.info({ renewed, keys: describe(counts) }, 'secrets were sealed anew');
    }
    if (told !== state) tellMissing(counts);
    told = state;
    dueAt = scheduler.now() + wholePassMs;
  }

  function tellMissing(counts: readonly SealCount[]): void {
    const present = new Set(ring?.current().map(({ id }) => id));
    if (!ring) return;
    for (const { keyId, nodes, consoles } of counts) {
      if (present.has(keyId)) continue;
      logger.error(
        { key: keyId, nodes, consoles },
        'secrets are sealed with a key that is not in the key ring; put it back, or write them anew',
      );
    }
  }

  async function look(): Promise<void> {
    try {
      const news = (await ring?.look()) ?? { kind: 'same' };
      tell(news);
      if (news.kind === 'changed') dueAt = scheduler.now();
      if (stopped || scheduler.now() < dueAt) return;
      await pass();
      failing = false;
    } catch (error) {
      // The database may be away for long; one line is enough.
      if (!stopped && !failing) logger.warn({ err: error }, 'secrets could not be sealed anew; trying again');
      failing = true;
    }
  }

  const loop = every(scheduler, ringLookMs, look);
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      await loop[Symbol.asyncDispose]();
    },
  };
}

/** `{ k1: 12, k2: 0 }`: how many secrets lie under which key. */
function describe(counts: readonly SealCount[]): Record<string, number> {
  return Object.fromEntries(counts.map(({ keyId, nodes, consoles }) => [keyId, nodes + consoles]));
}
