import { MeshError } from '@consolemesh/errors';
import { sameHash } from './credential.ts';
import type { Access, Kind } from './token.ts';

/**
 * How long a ticket stays good after it was used, ms, unless its successor is used first. The answer that carried the successor
 * may have been lost, and a tab must not be locked out by that.
 */
export const ticketGraceMs = 60_000;

/** One tab's access: begun with a token, carried on with resume tickets, of which only hashes are kept. */
export interface Session extends Access {
  readonly sessionId: string;
  readonly tokenId: string;
  readonly createdAt: number;
  /** First moment at which it can be resumed no more; fixed when it begins. */
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
  /** SHA-256 of the newest ticket. */
  readonly ticket: Buffer;
  /** SHA-256 of the ticket that was used last, whose answer may have been lost. */
  readonly usedTicket: Buffer | undefined;
  /** First moment at which `usedTicket` is refused. */
  readonly usedTicketUntil: number | undefined;
}

/** What a resumption changes in a session. */
export interface Rotation {
  readonly ticket: Buffer;
  readonly usedTicket: Buffer;
  readonly usedTicketUntil: number;
}

/**
 * Resumes a session with a ticket and puts `next` in the ticket's place.
 *
 *     presented                       becomes newest   stays good as the used one
 *     the newest ticket               next             the presented one, for `ticketGraceMs`
 *     the used one, within its time   next             the presented one, for what is left of its time
 *
 * So the first use of a successor kills its predecessor, a predecessor that is used again kills a successor that nobody has used,
 * and no ticket outlives its first use by more than `ticketGraceMs`.
 * Throws TOKEN_REVOKED, SESSION_EXPIRED, TOKEN_WRONG_KIND or RESUME_INVALID.
 */
export function rotateTicket(
  session: Session,
  presented: Buffer,
  next: Buffer,
  kind: Kind,
  now: number,
): Rotation {
  const newest = sameHash(session.ticket, presented);
  const used = session.usedTicket !== undefined && sameHash(session.usedTicket, presented);
  if (!newest && !used) throw new MeshError('RESUME_INVALID');
  if (session.revokedAt !== undefined) throw new MeshError('TOKEN_REVOKED');
  if (now >= session.expiresAt) throw new MeshError('SESSION_EXPIRED');
  if (session.kind !== kind) throw new MeshError('TOKEN_WRONG_KIND');
  if (newest) return { ticket: next, usedTicket: presented, usedTicketUntil: now + ticketGraceMs };
  const until = session.usedTicketUntil ?? 0;
  if (now >= until) throw new MeshError('RESUME_INVALID');
  return { ticket: next, usedTicket: presented, usedTicketUntil: until };
}
