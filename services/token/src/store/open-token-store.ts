import { MeshError } from '@consolemesh/errors';
import { openDatabase, StoreUnavailable } from '@consolemesh/store';
import type { TokenStore } from '../store.ts';
import { listTokens } from './list-tokens.ts';
import { reap } from './reap.ts';
import { redeemTicket } from './redeem-ticket.ts';
import { redeemToken } from './redeem-token.ts';
import { revoke } from './revoke.ts';
import { type StoreContext, toToken } from './rows.ts';
import { counters, migrations, type Tables } from './schema.ts';

/** Where the store is, and whose clock counts. */
export interface StoreOptions {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  readonly url: string;
  /** Instead of the database's clock, ms since the epoch; for tests. */
  readonly clock?: () => number;
  readonly onConnectionLost?: (error: Error) => void;
}

/** Opens the store on SQLite or PostgreSQL and brings its tables up to date. Throws what `openDatabase` throws. */
export async function openTokenStore(options: StoreOptions): Promise<TokenStore> {
  const { url, clock, onConnectionLost } = options;
  const database = await openDatabase<Tables>({
    url,
    migrations,
    counters,
    namespace: 'token',
    ...(onConnectionLost ? { onConnectionLost } : {}),
  });
  const context: StoreContext = {
    database,
    now: async (tx) => (clock ? clock() : database.now(tx)),
  };
  const db = database.kysely;

  return {
    now: () => guard(context.now()),
    issue: async ({ tokenId, hash, ttlMs, consoleId, generation, kind, role, subject, singleUse }) => {
      const at = await guard(context.now());
      const row = db.insertInto('token_tokens').values({
        token_id: tokenId,
        hash,
        console_id: consoleId,
        generation,
        kind,
        role,
        subject,
        issued_at: at,
        expires_at: at + ttlMs,
        single_use: singleUse,
        redemptions: 0,
        revoked_at: null,
      });
      return toToken(await guard(row.returningAll().executeTakeFirstOrThrow()));
    },
    redeemToken: (redemption) => guard(redeemToken(context, redemption)),
    redeemTicket: (redemption) => guard(redeemTicket(context, redemption)),
    revoke: (selector, message, actor) => guard(revoke(context, selector, message, actor)),
    async readRevocations(after, limit) {
      const rows = db.selectFrom('token_revocations').selectAll().where('revision', '>', after);
      const found = await guard(rows.orderBy('revision').limit(limit).execute());
      return found.map(({ revision, selector, value, message, actor, revoked, revoked_at }) => ({
        revision,
        selector: { by: selector, value },
        message,
        actor,
        revoked,
        revokedAt: revoked_at,
      }));
    },
    async newestRevision() {
      const row = db.selectFrom('token_revision').select('revision').where('id', '=', 1);
      return (await guard(row.executeTakeFirstOrThrow())).revision;
    },
    list: (query) => guard(listTokens(context, query)),
    async putGrantKey(keyId, publicKey, lifetimeMs) {
      const expiresAt = (await guard(context.now())) + lifetimeMs;
      const row = db
        .insertInto('token_grant_keys')
        .values({ key_id: keyId, public_key: publicKey, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('key_id').doUpdateSet({ expires_at: expiresAt }));
      await guard(row.execute());
      return expiresAt;
    },
    async listGrantKeys() {
      const rows = db
        .selectFrom('token_grant_keys')
        .selectAll()
        .where('expires_at', '>', await guard(context.now()));
      const found = await guard(rows.orderBy('key_id').execute());
      return found.map((row) => ({
        keyId: row.key_id,
        publicKey: row.public_key,
        expiresAt: row.expires_at,
      }));
    },
    reap: (retention, batch) => guard(reap(context, retention, batch)),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** A database that does not answer is a state that callers know what to do about, not an accident. */
async function guard<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreUnavailable)
      throw new MeshError('STORE_UNAVAILABLE', undefined, { cause: error });
    throw error;
  }
}
