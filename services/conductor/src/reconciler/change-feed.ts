import type { Logger } from '@consolemesh/mesh';
import type { Scheduler } from '../scheduler.ts';
import type { Changes, ConductorStore } from '../store/store.ts';

/** Tells this process what was written, by itself or by another replica. */
export interface ChangeFeed extends AsyncDisposable {
  /** Called with everything that was written, in order; some of it twice. Answers how to stop that. */
  onChanges(listener: (changes: Changes) => void): () => void;
  /** Everything up to this revision has been told. */
  revision(): bigint;
}

/** How often other replicas' writes are looked for, ms. */
export const feedIntervalMs = 300;
const pageSize = 500;

/**
 * Reads what was written since the last look: at once after a write of this process, every 300 ms for those of others. Portable: no
 * LISTEN, one small read when nothing has happened. Begins after what is there at the moment.
 */
export async function createChangeFeed(
  store: ConductorStore,
  scheduler: Scheduler,
  logger: Logger,
): Promise<ChangeFeed> {
  const listeners = new Set<(changes: Changes) => void>();
  // A feed that starts from zero would tell the whole database.
  let revision = await store.revision();
  let closed = false;
  let again = false;
  let running: Promise<void> | undefined;
  let timer = scheduler.after(feedIntervalMs, look);

  function look(): void {
    if (closed) return;
    again = running !== undefined;
    running ??= readAll().finally(() => {
      running = undefined;
      timer[Symbol.dispose]();
      timer = scheduler.after(feedIntervalMs, look);
      if (again) look();
    });
  }

  async function readAll(): Promise<void> {
    try {
      for (let more = true; more && !closed; ) {
        const changes = await store.changesSince(revision, pageSize);
        more = changes.more;
        if (changes.revision === revision) return;
        revision = changes.revision;
        for (const listener of [...listeners]) listener(changes);
      }
    } catch (error) {
      if (!closed) logger.warn({ err: error }, 'the changes cannot be read; trying again');
    }
  }

  const unsubscribe = store.onWrite(look);
  return {
    onChanges(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revision: () => revision,
    async [Symbol.asyncDispose]() {
      closed = true;
      unsubscribe();
      timer[Symbol.dispose]();
      await running;
    },
  };
}
