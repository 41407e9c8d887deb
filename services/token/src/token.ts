import { MeshError } from '@consolemesh/errors';

/** Graphical or serial. */
export type Kind = 'graphical' | 'serial';
/** What the bearer may do. */
export type Role = 'control' | 'view';

/** What a token opens and for whom: copied from the token into each of its sessions. */
export interface Access {
  /** UUID of the console. */
  readonly consoleId: string;
  /** Incarnation of the console, from 1. */
  readonly generation: bigint;
  readonly kind: Kind;
  readonly role: Role;
  /** 1 to 256 characters. */
  readonly subject: string;
}

/** A token as it is stored: everything but its secret. Times are milliseconds since the epoch, by the database's clock. */
export interface Token extends Access {
  readonly tokenId: string;
  readonly issuedAt: number;
  /** First moment at which it is redeemed no more. */
  readonly expiresAt: number;
  readonly singleUse: boolean;
  readonly redemptions: number;
  readonly revokedAt: number | undefined;
}

/**
 * Whether a token that was found may be redeemed now, by a proxy for this kind of console.
 * Throws TOKEN_REVOKED, TOKEN_EXPIRED, TOKEN_USED or TOKEN_WRONG_KIND; when several hold, the first of this order is said.
 */
export function checkRedeemable(token: Token, kind: Kind, now: number): void {
  if (token.revokedAt !== undefined) throw new MeshError('TOKEN_REVOKED');
  if (now >= token.expiresAt) throw new MeshError('TOKEN_EXPIRED');
  if (token.singleUse && token.redemptions > 0) throw new MeshError('TOKEN_USED');
  if (token.kind !== kind) {
    throw new MeshError(
      'TOKEN_WRONG_KIND',
      `The link is for the ${token.kind} console; this is the ${kind} one.`,
    );
  }
}
