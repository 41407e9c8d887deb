import type { Logger } from '@consolemesh/mesh';
import type { GrantSigner } from './grant-signer.ts';
import { keyLifetimeMs } from './grant-signer.ts';
import type { Retention, TokenStore } from './store.ts';

/** Rows of a table that one pass of the reaper deletes at most. */
export const reapBatch = 500;
const reapEveryMs = 60_000;

/**
 * Keeps the published key alive and deletes what is over, until it is disposed. A pass that fails is logged and repeated when the
 * next one is due; a full batch is followed by another at once.
 */
export function startHousekeeping(options: {
  readonly store: TokenStore;
  readonly signer: GrantSigner;
  readonly logger: Logger;
  readonly retention: Retention;
}): AsyncDisposable {
  const { store, signer, logger, retention } = options;
  let stopping = false;

  const everything = [
    repeat(keyLifetimeMs / 3, 'prolonging the grant key failed', () => signer.refresh()),
    repeat(reapEveryMs, 'deleting expired rows failed', async () => {
      while (!stopping && (await store.reap(retention, reapBatch)) >= reapBatch);
    }),
  ];

  function repeat(ms: number, complaint: string, work: () => Promise<void>) {
    let running = Promise.resolve();
    const timer = setInterval(() => {
      running = running.then(work).catch((error) => {
        if (!stopping) logger.warn({ err: error }, complaint);
      });
    }, ms);
    timer.unref();
    return { timer, settled: () => running };
  }

  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      for (const { timer } of everything) clearInterval(timer);
      await Promise.all(everything.map(({ settled }) => settled()));
    },
  };
}
