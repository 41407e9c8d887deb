import type { AuditEvent as WireEvent } from '@consolemesh/contracts/conductor';
import { toTimestamp } from '@consolemesh/mesh';
import type { AuditEvent } from '../domain/audit.ts';

/** An event as answers show it and as it is hashed. */
export function auditEventToWire(event: AuditEvent): WireEvent {
  return { ...event, at: toTimestamp(event.at) };
}
