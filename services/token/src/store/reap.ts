import type { Retention } from '../store.ts';
import type { StoreContext } from './rows.ts';

/** Deletes what is over, at most `batch` rows of each table, so that no single statement holds the database for long. */
export async function reap(
  { database, now }: StoreContext,
  { expiredMs, revocationMs }: Retention,
  batch: number,
): Promise<number> {
  const db = database.kysely;
  const at = await now();
  const tokens = db
    .selectFrom('token_tokens')
    .select('token_id')
    .where('expires_at', '<=', at - expiredMs);
  const sessions = db
    .selectFrom('token_sessions')
    .select('session_id')
    .where('expires_at', '<=', at - expiredMs);
  const revocations = db
    .selectFrom('token_revocations')
    .select('revision')
    .where('revoked_at', '<=', at - revocationMs);
  const keys = db.selectFrom('token_grant_keys').select('key_id').where('expires_at', '<=', at);
  const deletions = [
    db.deleteFrom('token_tokens').where('token_id', 'in', tokens.orderBy('expires_at').limit(batch)),
    db.deleteFrom('token_sessions').where('session_id', 'in', sessions.orderBy('expires_at').limit(batch)),
    db.deleteFrom('token_revocations').where('revision', 'in', revocations.orderBy('revision').limit(batch)),
    db.deleteFrom('token_grant_keys').where('key_id', 'in', keys.limit(batch)),
  ];
  let deleted = 0;
  for (const deletion of deletions) {
    const { numDeletedRows } = await deletion.executeTakeFirst();
    deleted += Number(numDeletedRows);
  }
  return deleted;
}
