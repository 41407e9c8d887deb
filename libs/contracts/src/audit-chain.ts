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
  /**
   * To be asked after the last event. A chain whose beginning was deleted is whole only when one of its own events says so. Answers what is
   * wrong with the beginning; nothing when nothing is.
   */
  end(): string | undefined;
  /** How many fitted. */
  readonly events: bigint;
  /** Number that the next one has to have. */
  readonly next: bigint;
  /** Hash of the last one that fitted; `auditGenesis` before the first. */
  readonly lastHash: string;
  /** Where the chain begins: number and hash of the event before its first; 0 and `auditGenesis` when nothing was deleted. */
  readonly start: AuditStart;
}

/** The place that a chain follows. */
export interface AuditStart {
  readonly sequence: bigint;
  readonly hash: string;
}

/** Kind of the event that accounts for a deleted beginning. */
const prunedKind = 'audit.pruned';

/** Begins with the first event that is there. */
export function createAuditCheck(): AuditCheck {
  let start: AuditStart = { sequence: 0n, hash: auditGenesis };
  let next = 1n;
  let events = 0n;
  let lastHash = auditGenesis;
  let accounted = true;
  return {
    add(event) {
      if (events === 0n && event.sequence > 1n) {
        start = { sequence: event.sequence - 1n, hash: event.previousHash };
        next = event.sequence;
        lastHash = event.previousHash;
        accounted = false;
      }
      if (event.sequence !== next) return `event ${next} is not there; ${event.sequence} comes instead`;
      if (event.previousHash !== lastHash) return `event ${next} does not follow the one before it`;
      if (event.hash !== auditHash(event)) return `event ${next} is not as it was written`;
      events += 1n;
      next += 1n;
      lastHash = event.hash;
      accounted ||= accountsFor(event, start);
      return undefined;
    },
    end() {
      if (accounted) return undefined;
      const missing = start.sequence === 1n ? 'event 1 is' : `events 1 to ${start.sequence} are`;
      return `${missing} not there, and no event ${prunedKind} says that they were deleted`;
    },
    get events() {
      return events;
    },
    get next() {
      return next;
    },
    get lastHash() {
      return lastHash;
    },
    get start() {
      return start;
    },
  };
}

function accountsFor({ kind, fields }: AuditEvent, { sequence, hash }: AuditStart): boolean {
  return (
    kind === prunedKind &&
    fields.includes(`last_sequence=${sequence}`) &&
    fields.includes(`last_hash=${hash}`)
  );
}
