import { MeshError } from '@consolemesh/errors';
import { sql } from 'kysely';
import { sameHash } from '../credential.ts';
import type { Session } from '../session.ts';
import type { Redemption } from '../store.ts';
import { checkRedeemable } from '../token.ts';
import { type StoreContext, toSession, toToken } from './rows.ts';

/**
 * Counts the redemption before it looks: that write holds the row until the end, so of several redemptions (or a redemption and a
 * revocation) at once the second judges what the first has left. A refusal undoes the count.
 */
export function redeemToken(
  { database, now }: StoreContext,
  redemption: Redemption & { sessionId: string; sessionMs: number },
): Promise<Session> {
  const { hash, kind, nextTicket, sessionId, sessionMs } = redemption;
  return database.transaction(
    async (tx) => {
      const row = await tx
        .updateTable('token_tokens')
        .set({ redemptions: sql<number>`redemptions + 1` })
        .where('hash', '=', hash)
        .returningAll()
        .executeTakeFirst();
      if (!row || !sameHash(row.hash, hash)) throw new MeshError('TOKEN_INVALID');
      const at = await now(tx);
      const token = toToken({ ...row, redemptions: row.redemptions - 1 });
      checkRedeemable(token, kind, at);
      return toSession(
        await tx
          .insertInto('token_sessions')
          .values({
            session_id: sessionId,
            token_id: token.tokenId,
            console_id: token.consoleId,
            generation: token.generation,
            kind: token.kind,
            role: token.role,
            subject: token.subject,
            created_at: at,
            expires_at: at + sessionMs,
            revoked_at: null,
            ticket: nextTicket,
            used_ticket: null,
            used_ticket_until: null,
            resumptions: 0,
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      );
    },
    { isolation: 'read committed' },
  );
}
