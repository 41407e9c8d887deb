import { createHash } from 'node:crypto';
import type { AuditEvent } from './gen/consolemesh/conductor/v1/audit.ts';

/** What stands as `previous_hash` in the first event of a log. */
export const auditGenesis = '0'.repeat(64);

/** An event without its own hash. */
export type AuditContents = Omit<AuditEvent, 'hash'>;

/**
 * The hash of an event, lower-case hex (conductor/v1/audit.proto).
 *
 * SHA-256 over UTF-8 of JSON (RFC 8785), an array of texts only:
 *
 *     ["consolemesh-audit-v1", previous_hash, sequence, at.seconds, at.nanos, kind, actor, subject, node_id, node_name, console_id,
 *      console_kind, session_id, client_address, role, token_id, "forced" | "", reason, fields...]
 */
export function auditHash(event: AuditContents): string {
  return createHash('sha256').update(encodeAuditEvent(event)).digest('hex');
}

/** What is hashed. Two events have the same text only if they are the same: every place has one meaning, and only the last repeats. */
export function encodeAuditEvent(event: AuditContents): string {
  const { at } = event;
  return JSON.stringify([
    'consolemesh-audit-v1',
    event.previousHash,
    `${event.sequence}`,
    at ? `${at.seconds}` : '',
    at ? `${at.nanos}` : '',
    event.kind,
    event.actor,
    event.subject,
    event.nodeId,
    event.nodeName,
    event.consoleId,
    event.consoleKind,
    event.sessionId,
    event.clientAddress,
    event.role,
    event.tokenId,
    event.forced ? 'forced' : '',
    event.reason,
    ...event.fields,
  ]);
}

/** A chain on its way from the first event to the last. */
export interface AuditCheck {
  /** Takes the next event. Answers what is wrong with it, in a sentence; nothing when it fits. */
  add(event: AuditEvent): string | undefined;
  /** How many fitted. */
  readonly events: bigint;
  /** Hash of the last one that fitted; `auditGenesis` before the first. */
  readonly lastHash: string;
}

/** Begins with the first event of a log. */
export function createAuditCheck(): AuditCheck {
  let events = 0n;
  let lastHash = auditGenesis;
  return {
    add(event) {
      const expected = events + 1n;
      if (event.sequence !== expected)
        return `event ${expected} is not there; ${event.sequence} comes instead`;
      if (event.previousHash !== lastHash) return `event ${expected} does not follow the one before it`;
      if (event.hash !== auditHash(event)) return `event ${expected} is not as it was written`;
      events = expected;
      lastHash = event.hash;
      return undefined;
    },
    get events() {
      return events;
    },
    get lastHash() {
      return lastHash;
    },
  };
}
