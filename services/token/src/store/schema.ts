import type { Bytes, Counter, Flag, Migration, Millis } from '@consolemesh/store';
import type { Kind, Role } from '../token.ts';

/** A row of `token_tokens`. */
export interface TokenRow {
  token_id: string;
  hash: Bytes;
  console_id: string;
  generation: Counter;
  kind: Kind;
  role: Role;
  subject: string;
  issued_at: Millis;
  expires_at: Millis;
  single_use: Flag;
  redemptions: number;
  revoked_at: Millis | null;
}

/** A row of `token_sessions`. It repeats its token's access, because it outlives the token. */
export interface SessionRow {
  session_id: string;
  token_id: string;
  console_id: string;
  generation: Counter;
  kind: Kind;
  role: Role;
  subject: string;
  created_at: Millis;
  expires_at: Millis;
  revoked_at: Millis | null;
  ticket: Bytes;
  used_ticket: Bytes | null;
  used_ticket_until: Millis | null;
  resumptions: number;
}

/** The tables of this service. */
export interface Tables {
  token_tokens: TokenRow;
  token_sessions: SessionRow;
  /** One row: the newest revision. Who revokes writes to it first and so waits for whoever revokes at the same time. */
  token_revision: { id: number; revision: Counter };
  token_revocations: {
    revision: Counter;
    selector: 'tokenId' | 'consoleId' | 'subject' | 'sessionId';
    value: string;
    message: string;
    revoked_at: Millis;
    actor: string;
    revoked: number;
  };
  token_grant_keys: { key_id: string; public_key: Bytes; expires_at: Millis };
}

/** Columns that are 64-bit counters. */
export const counters = { generation: true, revision: true } as const;

/** Steps of the schema; never changed once released. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-tokens',
    async up(db, { bytes }) {
      await db.schema
        .createTable('token_tokens')
        .addColumn('token_id', 'text', (c) => c.primaryKey())
        .addColumn('hash', bytes, (c) => c.notNull().unique())
        .addColumn('console_id', 'text', (c) => c.notNull())
        .addColumn('generation', 'bigint', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('issued_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('single_use', 'integer', (c) => c.notNull())
        .addColumn('redemptions', 'integer', (c) => c.notNull())
        .addColumn('revoked_at', 'bigint')
        .execute();
      await db.schema
        .createTable('token_sessions')
        .addColumn('session_id', 'text', (c) => c.primaryKey())
        .addColumn('token_id', 'text', (c) => c.notNull())
        .addColumn('console_id', 'text', (c) => c.notNull())
        .addColumn('generation', 'bigint', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('subject', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('revoked_at', 'bigint')
        .addColumn('ticket', bytes, (c) => c.notNull().unique())
        .addColumn('used_ticket', bytes, (c) => c.unique())
        .addColumn('used_ticket_until', 'bigint')
        .addColumn('resumptions', 'integer', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('token_revision')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .execute();
      await db.insertInto('token_revision').values({ id: 1, revision: 0n }).execute();
      await db.schema
        .createTable('token_revocations')
        .addColumn('revision', 'bigint', (c) => c.primaryKey())
        .addColumn('selector', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addColumn('message', 'text', (c) => c.notNull())
        .addColumn('revoked_at', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createTable('token_grant_keys')
        .addColumn('key_id', 'text', (c) => c.primaryKey())
        .addColumn('public_key', bytes, (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .execute();
      for (const [table, name, columns] of indexes) {
        await db.schema.createIndex(name).on(table).columns(columns).execute();
      }
    },
  },
  {
    name: '0002-who-revoked',
    async up(db) {
      const revocations = () => db.schema.alterTable('token_revocations');
      await revocations()
        .addColumn('actor', 'text', (c) => c.notNull().defaultTo(''))
        .execute();
      await revocations()
        .addColumn('revoked', 'integer', (c) => c.notNull().defaultTo(0))
        .execute();
    },
  },
];

/** For revocation by console, subject and token; for lists in their order; for the reaper. */
const indexes: readonly (readonly [table: string, name: string, columns: string[]])[] = [
  ['token_tokens', 'token_tokens_console', ['console_id', 'issued_at']],
  ['token_tokens', 'token_tokens_subject', ['subject', 'issued_at']],
  ['token_tokens', 'token_tokens_issued', ['issued_at', 'token_id']],
  ['token_tokens', 'token_tokens_expires', ['expires_at']],
  ['token_sessions', 'token_sessions_token', ['token_id']],
  ['token_sessions', 'token_sessions_console', ['console_id']],
  ['token_sessions', 'token_sessions_subject', ['subject']],
  ['token_sessions', 'token_sessions_expires', ['expires_at']],
  ['token_revocations', 'token_revocations_at', ['revoked_at']],
];
