import { MeshError } from '@consolemesh/errors';
import { sql, type Transaction } from 'kysely';
import type { Selector } from '../store.ts';
import type { StoreContext } from './rows.ts';
import type { Tables } from './schema.ts';

/** Columns that the selectors mean. */
const column = { tokenId: 'token_id', consoleId: 'console_id', subject: 'subject' } as const;

/**
 * The counter's row is written first: it is held until the commit, so a revocation that takes the next revision waits for this one
 * to be visible, on whichever replica it runs. Numbers from a sequence would become visible in the order of their commits.
 * Tokens come before sessions: a redemption holds its token's row until its session is there to be found.
 */
export function revoke(
  { database, now }: StoreContext,
  selector: Selector,
  message: string,
  actor: string,
): Promise<{ revoked: number; revision: bigint }> {
  return database.transaction(
    async (tx) => {
      const { revision } = await tx
        .updateTable('token_revision')
        .set({ revision: sql<bigint>`revision + 1` })
        .where('id', '=', 1)
        .returning('revision')
        .executeTakeFirstOrThrow();
      const at = await now(tx);
      const revoked =
        selector.by === 'sessionId'
          ? await revokeSession(tx, selector.value, at)
          : await revokeTokens(tx, selector, at);
      await tx
        .insertInto('token_revocations')
        .values({
          revision,
          selector: selector.by,
          value: selector.value,
          message,
          revoked_at: at,
          actor,
          revoked,
        })
        .execute();
      return { revoked, revision };
    },
    { isolation: 'read committed' },
  );
}

async function revokeTokens(
  tx: Transaction<Tables>,
  selector: Selector & { by: keyof typeof column },
  at: number,
): Promise<number> {
  const name = column[selector.by];
  const tokens = tx
    .updateTable('token_tokens')
    .set({ revoked_at: at })
    .where(name, '=', selector.value)
    .where('revoked_at', 'is', null);
  const alive = await tokens
    .where('expires_at', '>', at)
    .where((e) => e.or([e('single_use', '=', 0), e('redemptions', '=', 0)]))
    .executeTakeFirst();
  // The others cannot be redeemed any more, but one of them may be in the middle of a redemption that began in time.
  await tokens.execute();
  await tx
    .updateTable('token_sessions')
    .set({ revoked_at: at })
    .where(name, '=', selector.value)
    .where('revoked_at', 'is', null)
    .execute();
  if (selector.by === 'tokenId') await requireToken(tx, selector.value);
  return Number(alive.numUpdatedRows);
}

async function requireToken(tx: Transaction<Tables>, tokenId: string): Promise<void> {
  for (const table of ['token_tokens', 'token_sessions'] as const) {
    const found = tx.selectFrom(table).select('token_id').where('token_id', '=', tokenId).limit(1);
    if (await found.executeTakeFirst()) return;
  }
  throw new MeshError('TOKEN_NOT_FOUND', `There is no token ${tokenId}.`);
}

async function revokeSession(tx: Transaction<Tables>, sessionId: string, at: number): Promise<number> {
  const alive = await tx
    .updateTable('token_sessions')
    .set({ revoked_at: at })
    .where('session_id', '=', sessionId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  const found = tx.selectFrom('token_sessions').select('session_id').where('session_id', '=', sessionId);
  if (!(await found.executeTakeFirst()))
    throw new MeshError('SESSION_NOT_FOUND', `There is no session ${sessionId}.`);
  return Number(alive.numUpdatedRows);
}
