import type { Database } from '@consolemesh/store';
import { sql } from 'kysely';
import type { GrantedLease, LeaseTimes } from '../domain/lease.ts';
import type { ConductorSchema } from './schema.ts';
import type { LeaseStore } from './store.ts';

/**
 * Leases in single statements: the condition is judged again when the row's turn comes, so two conductors that want the same lease get it
 * once, on both engines.
 */
export function createLeaseStore(database: Database<ConductorSchema>): LeaseStore {
  const db = database.kysely;

  const acquireWhere = (owner: string, times: LeaseTimes) => {
    const now = database.nowSql();
    return db
      .updateTable('conductor_leases')
      .set((e) => ({
        owner,
        fence: e('fence', '+', 1n),
        // Before the others change: SQL sees the old values throughout the statement.
        mutable_at: sql<number>`case when owner = '' then ${now} else expires_at + ${times.margin} end`,
        expires_at: sql<number>`${now} + ${times.lease}`,
      }))
      .where(sql<boolean>`expires_at <= ${now}`)
      .returning(['console_id', 'fence', 'mutable_at', now.as('now')]);
  };
  const granted = (row: {
    console_id: string;
    fence: bigint;
    mutable_at: number;
    now: number;
  }): GrantedLease => ({
    consoleId: row.console_id,
    fence: row.fence,
    mutableAt: row.mutable_at,
    now: row.now,
  });

  return {
    async acquire(owner, times, limit) {
      const free = db
        .selectFrom('conductor_leases')
        .select('console_id')
        .where('active', '=', 1)
        .where(sql<boolean>`expires_at <= ${database.nowSql()}`)
        .orderBy('expires_at')
        .limit(limit);
      // Most of the time there is nothing to take, and a read takes no lock.
      const ids = (await free.execute()).map((row) => row.console_id);
      if (ids.length === 0) return [];
      return (await acquireWhere(owner, times).where('console_id', 'in', ids).execute()).map(granted);
    },
    async acquireOne(consoleId, owner, times) {
      const [row] = await acquireWhere(owner, times).where('console_id', '=', consoleId).execute();
      return row && granted(row);
    },
    async raise(consoleId, owner, fence) {
      const row = await db
        .updateTable('conductor_leases')
        .set((e) => ({ fence: e('fence', '+', 1n) }))
        .where('console_id', '=', consoleId)
        .where('owner', '=', owner)
        .where('fence', '=', fence)
        .where(sql<boolean>`expires_at > ${database.nowSql()}`)
        .returning('fence')
        .executeTakeFirst();
      return row?.fence;
    },
    async renew(owner, times) {
      const now = database.nowSql();
      const rows = await db
        .updateTable('conductor_leases')
        .set({ expires_at: sql<number>`${now} + ${times.lease}` })
        .where('owner', '=', owner)
        .where(sql<boolean>`expires_at > ${now}`)
        .returning(['console_id', 'fence'])
        .execute();
      return new Map(rows.map((row) => [row.console_id, row.fence]));
    },
    async release(owner, consoleIds) {
      if (consoleIds?.length === 0) return;
      let query = db
        .updateTable('conductor_leases')
        .set({ owner: '', expires_at: 0 })
        .where('owner', '=', owner);
      if (consoleIds) query = query.where('console_id', 'in', consoleIds);
      await query.execute();
    },
  };
}
