import type { TokenQuery } from '../store.ts';
import type { Token } from '../token.ts';
import { type StoreContext, toToken } from './rows.ts';

/** Tokens that can still be redeemed, newest first; the keyset (issued_at, token_id) goes on where the last page ended. */
export async function listTokens({ database, now }: StoreContext, query: TokenQuery): Promise<Token[]> {
  const { after, consoleId, subject, limit } = query;
  let rows = database.kysely
    .selectFrom('token_tokens')
    .selectAll()
    .where('expires_at', '>', await now())
    .where('revoked_at', 'is', null)
    .where((e) => e.or([e('single_use', '=', 0), e('redemptions', '=', 0)]));
  if (consoleId !== undefined) rows = rows.where('console_id', '=', consoleId);
  if (subject !== undefined) rows = rows.where('subject', '=', subject);
  if (after !== undefined) {
    rows = rows.where((e) =>
      e.or([
        e('issued_at', '<', after.issuedAt),
        e.and([e('issued_at', '=', after.issuedAt), e('token_id', '<', after.tokenId)]),
      ]),
    );
  }
  const found = await rows.orderBy('issued_at', 'desc').orderBy('token_id', 'desc').limit(limit).execute();
  return found.map(toToken);
}
