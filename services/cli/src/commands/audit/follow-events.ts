import { setTimeout as pause } from 'node:timers/promises';
import type { AuditEvent } from '@consolemesh/contracts/conductor';
import type { Conductor } from '../../context.ts';

/** Pause between two looks for new events, ms. */
const lookMs = 1_000;

/** Every event after one (0: all that are kept), oldest first; with a signal also those that come, until it fires. */
export async function* followEvents(
  audit: Conductor['audit'],
  after = 0n,
  until?: AbortSignal,
): AsyncGenerator<AuditEvent> {
  let afterSequence = after;
  for (;;) {
    const { events, nextPageToken } = await audit.listAuditEvents({
      oldestFirst: true,
      pageSize: 1000,
      afterSequence,
    });
    yield* events;
    afterSequence = events.at(-1)?.sequence ?? afterSequence;
    if (nextPageToken !== '') continue;
    if (!until || until.aborted) return;
    await pause(lookMs, undefined, { signal: until }).catch(() => {});
  }
}
