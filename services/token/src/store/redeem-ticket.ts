import { MeshError } from '@consolemesh/errors';
import { sql } from 'kysely';
import { rotateTicket, type Session } from '../session.ts';
import type { Redemption } from '../store.ts';
import { type StoreContext, toSession } from './rows.ts';

/** Counts the resumption before it looks, for the reason that `redeemToken` gives. */
export function redeemTicket(
  { database, now }: StoreContext,
  { hash, kind, nextTicket }: Redemption,
): Promise<Session> {
  return database.transaction(
    async (tx) => {
      const row = await tx
        .updateTable('token_sessions')
        .set({ resumptions: sql<number>`resumptions + 1` })
        .where((e) => e.or([e('ticket', '=', hash), e('used_ticket', '=', hash)]))
        .returningAll()
        .executeTakeFirst();
      if (!row) throw new MeshError('RESUME_INVALID');
      const session = toSession(row);
      const rotation = rotateTicket(session, hash, nextTicket, kind, await now(tx));
      await tx
        .updateTable('token_sessions')
        .set({
          ticket: rotation.ticket,
          used_ticket: rotation.usedTicket,
          used_ticket_until: rotation.usedTicketUntil,
        })
        .where('session_id', '=', session.sessionId)
        .execute();
      return { ...session, ...rotation };
    },
    { isolation: 'read committed' },
  );
}
