import { once } from 'node:events';
import { Writable } from 'node:stream';
import type { Context } from '../../context.ts';
import { auditEventView } from '../../output/views.ts';
import { followEvents } from './follow-events.ts';

/** Prints events oldest first, a line of JSON for each, as `audit verify --file` reads them. */
export async function exportAuditEvents(
  context: Context,
  { after = 0, follow = false }: { after?: number; follow?: boolean },
): Promise<void> {
  const { audit } = await context.conductor();
  const { stdout } = context.io;
  const until = follow ? context.io.stop() : undefined;
  for await (const event of followEvents(audit, BigInt(after), until)) {
    const accepted = stdout.write(`${JSON.stringify(auditEventView(event))}\n`);
    // A slow reader must not have the whole log wait in memory.
    if (accepted === false && stdout instanceof Writable) await once(stdout, 'drain');
  }
}
