import type { AuditServiceImplementation, ListAuditEventsRequest } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp } from '@consolemesh/mesh';
import { auditEventToWire } from '../wire/audit.ts';
import { cutPage, makePageToken, pageSizeOf, readPageCounter } from '../wire/pages.ts';
import type { ServiceContext } from './context.ts';

/** conductor.v1 AuditService. */
export function createAuditService({ store }: Pick<ServiceContext, 'store'>): AuditServiceImplementation {
  return {
    async listAuditEvents(request) {
      const size = pageSizeOf(request.pageSize);
      const { page, last } = cutPage(
        await store.listAuditEvents({
          after: readPageCounter(request.pageToken) ?? startOf(request),
          oldestFirst: request.oldestFirst,
          limit: size + 1,
          node: request.node || undefined,
          who: request.subject || undefined,
          kind: request.kind || undefined,
          since: request.since && Math.ceil(fromTimestamp(request.since)),
          until: request.until && Math.ceil(fromTimestamp(request.until)),
        }),
        size,
      );
      return {
        events: page.map(auditEventToWire),
        nextPageToken: last ? makePageToken([`${last.sequence}`]) : '',
      };
    },
  };
}

function startOf({ oldestFirst, afterSequence }: ListAuditEventsRequest): bigint | undefined {
  if (afterSequence === 0n) return undefined;
  if (oldestFirst && afterSequence < 2n ** 63n) return afterSequence;
  throw new MeshError('INVALID_ARGUMENT', 'after_sequence: only with oldest_first, and a number below 2^63.');
}
