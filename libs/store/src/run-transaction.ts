import type { Kysely, Transaction } from 'kysely';
import type { TransactionOptions } from './database.ts';
import { StoreUnavailable } from './errors.ts';
import { backOff } from './retry.ts';

const MOST_ATTEMPTS = 10;

/** Runs `fn` in a transaction, again when it collided with another, ten times at most. @throws StoreUnavailable */
export async function runTransaction<S, T>(
  db: Kysely<S>,
  fn: (tx: Transaction<S>) => Promise<T>,
  { isolation = 'serializable' }: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel(isolation).execute(fn);
    } catch (error) {
      const collided = error instanceof StoreUnavailable && error.reason === 'conflict';
      if (!collided || attempt >= MOST_ATTEMPTS) throw error;
      await backOff(attempt);
    }
  }
}
