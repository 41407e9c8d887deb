import { toTimestamp } from '@consolemesh/mesh';
import type { Context } from '../../context.ts';
import { auditEventView } from '../../output/views.ts';
import { readPages } from '../../pages.ts';
import { readMoment } from '../../read-moment.ts';

/** What to list. */
interface Wish {
  readonly node?: string;
  readonly subject?: string;
  readonly kind?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/** Lists events of the audit log, newest first. */
export async function listAuditEvents(context: Context, options: Wish): Promise<void> {
  const now = Date.now();
  const since = readMoment('--since', options.since, now);
  const until = readMoment('--until', options.until, now);
  const { audit } = await context.conductor();
  const found = await readPages(options.limit, async (pageSize, pageToken) => {
    const page = await audit.listAuditEvents({
      node: options.node ?? '',
      subject: options.subject ?? '',
      kind: options.kind ?? '',
      since: since === undefined ? undefined : toTimestamp(since),
      until: until === undefined ? undefined : toTimestamp(until),
      pageSize,
      pageToken,
    });
    return { items: page.events, nextPageToken: page.nextPageToken };
  });
  context.list(found.map(auditEventView), [
    ['no', ({ sequence }) => sequence],
    ['at', ({ at }) => at],
    ['event', ({ kind }) => kind],
    ['actor', ({ actor }) => actor],
    ['subject', ({ subject }) => subject],
    ['node', ({ nodeName }) => nodeName],
    ['console', ({ consoleKind }) => consoleKind],
    ['address', ({ clientAddress }) => clientAddress],
    ['about', about],
  ]);
}

/** What is special about an event, in one place of the table. */
function about(event: ReturnType<typeof auditEventView>): string {
  const { reason, role, forced, fields } = event;
  return [reason, role, forced ? 'forced' : '', fields.join(' ')].filter(Boolean).join(', ');
}
