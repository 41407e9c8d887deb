import type { ColumnTypes, Migration } from '@consolemesh/store';
import { type ColumnDataType, type Kysely, sql } from 'kysely';

/** Text whose order is the order of its bytes on both engines: page tokens and prefixes depend on it. SQLite compares so by itself. */
function exactText(types: ColumnTypes): ColumnDataType | ReturnType<typeof sql> {
  return types.bytes === 'blob' ? 'text' : sql`text collate "C"`;
}

/** The schema, oldest step first; a step that was released never changes. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-nodes',
    async up(db, types) {
      const exact = exactText(types);
      await db.schema
        .createTable('conductor_revision')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .execute();
      await db.insertInto('conductor_revision').values({ id: 1, revision: 0n }).execute();
      let nodes = db.schema
        .createTable('conductor_nodes')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', exact as 'text', (c) => c.notNull().unique());
      for (const name of textColumns) nodes = nodes.addColumn(name, 'text', (c) => c.notNull());
      await nodes
        .addColumn('secrets', types.bytes as 'bytea', (c) => c.notNull())
        .addColumn('maintenance', 'integer', (c) => c.notNull())
        .addColumn('deleting', 'integer', (c) => c.notNull())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('updated_at', 'bigint', (c) => c.notNull())
        .execute();
      // Each filter with the name behind it: a page is a walk along one index, already in order.
      for (const column of ['owner', 'lessee', 'instance_uuid', 'maintenance']) {
        await db.schema
          .createIndex(`conductor_nodes_by_${column}`)
          .on('conductor_nodes')
          .columns([column, 'name'])
          .execute();
      }
      await db.schema
        .createTable('conductor_node_labels')
        .addColumn('node_id', 'text', (c) => c.notNull().references('conductor_nodes.id').onDelete('cascade'))
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .addColumn('name', exact as 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('conductor_node_labels_key', ['node_id', 'key'])
        .execute();
      await db.schema
        .createIndex('conductor_node_labels_by_value')
        .on('conductor_node_labels')
        .columns(['key', 'value', 'name', 'node_id'])
        .execute();
    },
  },
  { name: '0002-consoles', up: createConsoles },
  { name: '0003-sessions', up: createSessions },
  {
    name: '0004-left-changed',
    async up(db) {
      await db.schema
        .alterTable('conductor_gone')
        .addColumn('left_changed', 'text', (c) => c.notNull().defaultTo(''))
        .execute();
    },
  },
  {
    name: '0005-trace',
    async up(db) {
      await db.schema.alterTable('conductor_consoles').addColumn('trace', 'text').execute();
    },
  },
  { name: '0006-audit', up: createAudit },
  {
    name: '0007-kept',
    async up(db) {
      await db.schema.alterTable('conductor_sessions').addColumn('wrote_at', 'bigint').execute();
      await db.schema
        .alterTable('conductor_sessions')
        .addColumn('input_bytes', 'bigint', (c) => c.notNull().defaultTo(0))
        .execute();
      await db.schema
        .createTable('conductor_cursors')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('seen_revision', 'bigint', (c) => c.notNull())
        .execute();
    },
  },
];

const textColumns = [
  'graphical',
  'serial',
  'power',
  'driver_info_json',
  'secret_keys_json',
  'owner',
  'lessee',
  'instance_uuid',
  'maintenance_reason',
  'labels_json',
  'extra_json',
  'route',
];

// biome-ignore lint/suspicious/noExplicitAny: a migration works on the schema of its own time, which no type describes any more
async function createConsoles(db: Kysely<any>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('conductor_consoles')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('node_id', 'text', (c) => c.notNull().references('conductor_nodes.id').onDelete('cascade'))
    .addColumn('node_name', exactText(types) as 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('desired', 'text', (c) => c.notNull())
    .addColumn('observed', 'text', (c) => c.notNull())
    .addColumn('generation', 'bigint', (c) => c.notNull())
    .addColumn('incarnation_json', 'text')
    .addColumn('secrets', types.bytes as 'bytea')
    .addColumn('conditions_json', 'text', (c) => c.notNull())
    .addColumn('last_error_json', 'text')
    .addColumn('retry_json', 'text', (c) => c.notNull())
    .addColumn('linger_until', 'bigint')
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .execute();
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(`conductor_consoles_by_${name}`).on('conductor_consoles').columns(columns);
  await index('node', ['node_id', 'kind']).unique().execute();
  await index('name', ['node_name', 'kind']).execute();
  await index('observed', ['observed', 'node_name', 'kind']).execute();
  await index('revision', ['revision']).execute();
  await db.schema
    .createTable('conductor_leases')
    .addColumn('console_id', 'text', (c) =>
      c.primaryKey().references('conductor_consoles.id').onDelete('cascade'),
    )
    .addColumn('active', 'integer', (c) => c.notNull())
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('fence', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('mutable_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('conductor_leases_by_owner')
    .on('conductor_leases')
    .columns(['owner', 'console_id'])
    .execute();
  await db.schema
    .createIndex('conductor_leases_to_acquire')
    .on('conductor_leases')
    .columns(['active', 'expires_at'])
    .execute();
  await db.schema
    .createTable('conductor_gone')
    .addColumn('console_id', 'text', (c) => c.primaryKey())
    .addColumn('node_id', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('gone_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('conductor_gone_by_revision')
    .on('conductor_gone')
    .columns(['revision'])
    .execute();
}

// biome-ignore lint/suspicious/noExplicitAny: see above
async function createSessions(db: Kysely<any>): Promise<void> {
  let sessions = db.schema.createTable('conductor_sessions').addColumn('id', 'text', (c) => c.primaryKey());
  const names = ['console_id', 'node_id', 'node_name', 'kind', 'role', 'subject', 'token_id'];
  for (const name of [...names, 'proxy_id', 'client_address', 'state']) {
    sessions = sessions.addColumn(name, 'text', (c) => c.notNull());
  }
  for (const name of ['generation', 'opened_at', 'changed_at', 'expires_at', 'revision']) {
    sessions = sessions.addColumn(name, 'bigint', (c) => c.notNull());
  }
  await sessions.addColumn('end_json', 'text').execute();
  const index = (name: string, columns: string[]) =>
    db.schema
      .createIndex(`conductor_sessions_by_${name}`)
      .on('conductor_sessions')
      .columns(columns)
      .execute();
  await index('console', ['console_id', 'state']);
  await index('proxy', ['proxy_id', 'state']);
  await index('state', ['state', 'changed_at']);
  await index('age', ['opened_at', 'id']);
  await index('revision', ['revision']);
  await db.schema
    .createTable('conductor_proxies')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('target', 'text', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('conductor_operations')
    .addColumn('node_id', 'text', (c) => c.notNull())
    .addColumn('operation_id', 'text', (c) => c.notNull())
    .addColumn('request', 'text', (c) => c.notNull())
    .addColumn('result_json', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('conductor_operations_key', ['node_id', 'operation_id'])
    .execute();
}

// biome-ignore lint/suspicious/noExplicitAny: see above
async function createAudit(db: Kysely<any>): Promise<void> {
  let audit = db.schema
    .createTable('conductor_audit')
    .addColumn('sequence', 'bigint', (c) => c.primaryKey())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('forced', 'integer', (c) => c.notNull());
  const names = [
    'kind',
    'actor',
    'subject',
    'node_id',
    'node_name',
    'console_id',
    'console_kind',
    'session_id',
  ];
  for (const name of [...names, 'client_address', 'role', 'token_id', 'fields_json', 'reason']) {
    audit = audit.addColumn(name, 'text', (c) => c.notNull());
  }
  await audit
    // The chain cannot fork: no two events follow the same one.
    .addColumn('previous_hash', 'text', (c) => c.notNull().unique())
    .addColumn('hash', 'text', (c) => c.notNull())
    .execute();
  for (const column of ['node_id', 'node_name', 'subject', 'actor', 'at']) {
    await db.schema
      .createIndex(`conductor_audit_by_${column}`)
      .on('conductor_audit')
      .columns([column, 'sequence'])
      .execute();
  }
}
