import { incarnationOf } from '../domain/console.ts';
import type { Job, ReconcilerContext } from './context.ts';
import type { Limiter } from './limits.ts';
import { stopStep } from './stop-console.ts';

/** Stops the consoles of these leases; each comes back with a new generation when a conductor is there again. Waits no longer than the leases last. */
export async function stopAll(
  context: ReconcilerContext,
  held: readonly Job['lease'][],
  limiter: Limiter,
): Promise<void> {
  const never = new AbortController().signal;
  await Promise.allSettled(held.map((lease) => limiter.run('', never, () => stopOne(context, lease))));
}

async function stopOne(context: ReconcilerContext, lease: Job['lease']): Promise<void> {
  const { store, scheduler, logger } = context;
  const record = await store.findConsole(lease.consoleId);
  const node = record && (await store.findNode(record.nodeId));
  const incarnation = record && incarnationOf(record.state);
  if (!record || !node || !incarnation) return;
  const ended = new AbortController();
  using _timer = scheduler.after(lease.callsEndAt - scheduler.now(), () => ended.abort());
  try {
    await stopStep(context, { record, node, lease, signal: ended.signal }, incarnation, { again: true });
  } catch (error) {
    logger.warn(
      { console: record.id, err: error },
      'a console could not be stopped; another conductor adopts it',
    );
  }
}
