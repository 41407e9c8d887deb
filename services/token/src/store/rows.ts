import { type Database, fromFlag } from '@consolemesh/store';
import type { Selectable, Transaction } from 'kysely';
import type { Session } from '../session.ts';
import type { Token } from '../token.ts';
import type { SessionRow, Tables, TokenRow } from './schema.ts';

/** What the methods of the store work on. */
export interface StoreContext {
  readonly database: Database<Tables>;
  /** The store's clock, ms since the epoch: the database's, unless a test brought its own. */
  now(tx?: Transaction<Tables>): Promise<number>;
}

/** A row as a token. */
export function toToken(row: Selectable<TokenRow>): Token {
  return {
    tokenId: row.token_id,
    consoleId: row.console_id,
    generation: row.generation,
    kind: row.kind,
    role: row.role,
    subject: row.subject,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    singleUse: fromFlag(row.single_use),
    redemptions: row.redemptions,
    revokedAt: row.revoked_at ?? undefined,
  };
}

/** A row as a session. */
export function toSession(row: Selectable<SessionRow>): Session {
  return {
    sessionId: row.session_id,
    tokenId: row.token_id,
    consoleId: row.console_id,
    generation: row.generation,
    kind: row.kind,
    role: row.role,
    subject: row.subject,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at ?? undefined,
    ticket: row.ticket,
    usedTicket: row.used_ticket ?? undefined,
    usedTicketUntil: row.used_ticket_until ?? undefined,
  };
}
