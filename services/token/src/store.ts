import type { Session } from './session.ts';
import type { Kind, Token } from './token.ts';

/** A token to be stored. */
export interface NewToken extends Omit<Token, 'issuedAt' | 'expiresAt' | 'redemptions' | 'revokedAt'> {
  readonly hash: Buffer;
  readonly ttlMs: number;
}

/** What RedeemToken presents. */
export interface Redemption {
  /** SHA-256 of the token or the ticket. */
  readonly hash: Buffer;
  readonly kind: Kind;
  /** SHA-256 of the ticket that the answer will carry. */
  readonly nextTicket: Buffer;
}

/** Which tokens and sessions a revocation means; exactly one. */
export type Selector =
  | { readonly by: 'tokenId'; readonly value: string }
  | { readonly by: 'consoleId'; readonly value: string }
  | { readonly by: 'subject'; readonly value: string }
  | { readonly by: 'sessionId'; readonly value: string };

/** A revocation as it is remembered. */
export interface Revocation {
  readonly revision: bigint;
  readonly selector: Selector;
  readonly message: string;
  /** Identity that revoked; empty for those from before this was kept. */
  readonly actor: string;
  /** How many live tokens (or sessions) it ended. */
  readonly revoked: number;
  /** Milliseconds since the epoch. */
  readonly revokedAt: number;
}

/** A page of a list: at most `limit`, from the one after `after`. */
export interface TokenQuery {
  readonly consoleId?: string;
  readonly subject?: string;
  readonly after?: { readonly issuedAt: number; readonly tokenId: string };
  readonly limit: number;
}

/** A public key that grants are signed with. */
export interface StoredGrantKey {
  readonly keyId: string;
  /** SPKI DER. */
  readonly publicKey: Buffer;
  readonly expiresAt: number;
}

/** How long what is over is remembered, ms. */
export interface Retention {
  /** Tokens and sessions after their expiry, so that a late comer hears "expired" and not "invalid". */
  readonly expiredMs: number;
  /** Revocations; at least the longest session. */
  readonly revocationMs: number;
}

/**
 * Where tokens, sessions, revocations and grant keys are kept. Expiry is judged on the store's clock, one for all replicas.
 * Every method throws MeshError for what the contract foresees and STORE_UNAVAILABLE when the database does not answer.
 */
export interface TokenStore extends AsyncDisposable {
  now(): Promise<number>;
  /** Stores a token; its life begins with the store's time. */
  issue(token: NewToken): Promise<Token>;
  /** Begins a session. Of any number of redemptions of a single-use token at once exactly one succeeds. */
  redeemToken(redemption: Redemption & { sessionId: string; sessionMs: number }): Promise<Session>;
  /** Carries a session on; see `rotateTicket`. */
  redeemTicket(redemption: Redemption): Promise<Session>;
  /**
   * Ends what the selector means, and remembers it, with the identity that wanted it, under the next revision, all in one transaction. Revisions become visible in
   * their order and without gaps, whichever replica writes them. Answers how many live tokens (or sessions) it ended.
   * Throws TOKEN_NOT_FOUND or SESSION_NOT_FOUND when a single one is named that nobody remembers.
   */
  revoke(selector: Selector, message: string, actor: string): Promise<{ revoked: number; revision: bigint }>;
  /** Revocations after a revision, in their order, at most `limit`. */
  readRevocations(after: bigint, limit: number): Promise<Revocation[]>;
  /** Revision of the newest revocation ever; 0 when there was none. */
  newestRevision(): Promise<bigint>;
  /** Tokens that can still be redeemed, newest first. */
  list(query: TokenQuery): Promise<Token[]>;
  /** Publishes a key until `now + lifetimeMs`, or prolongs it; answers its expiry. */
  putGrantKey(keyId: string, publicKey: Buffer, lifetimeMs: number): Promise<number>;
  /** Keys whose grants may still be alive. */
  listGrantKeys(): Promise<StoredGrantKey[]>;
  /** Deletes at most `batch` rows of each table that nobody needs any more; answers how many rows went. */
  reap(retention: Retention, batch: number): Promise<number>;
}
