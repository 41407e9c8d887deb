import type { Unproven } from '../trust/identity.ts';
import type { BasicUsers } from './basic-users.ts';

/** Who can prove themselves without a certificate. */
export interface Users {
  /**
   * Judges the value of an `authorization` header that came from `address`. Answers the user's name and groups (`group/NAME`), or why there
   * is none. Never rejects for something that a client sent.
   */
  judge(
    authorization: string,
    address: string,
  ): Promise<{ readonly user: string; readonly groups?: readonly string[] } | Unproven>;
}

/** Users of both kinds, told apart by the scheme (RFC 9110, section 11.1: in any case); undefined when there are none of either. */
export function combineUsers(basic: BasicUsers | undefined, bearer: Users | undefined): Users | undefined {
  if (!basic && !bearer) return undefined;
  return {
    async judge(authorization, address) {
      const scheme = /^[A-Za-z]+(?= )/.exec(authorization)?.[0].toLowerCase();
      const users = scheme === 'bearer' ? bearer : scheme === 'basic' ? basic : undefined;
      return users ? users.judge(authorization, address) : 'scheme';
    },
  };
}
