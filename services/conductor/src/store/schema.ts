import type { Bytes, Counter, Flag, Millis } from '@consolemesh/store';

/** Tables of the conductor, all with the prefix `conductor_`. Columns named `…_json` hold JSON text. */
export interface ConductorSchema {
  /** One row: the number of the last write. Taken first in every write, it is also what puts writes in one order. */
  conductor_revision: { id: number; revision: Counter };
  conductor_nodes: NodeRow;
  /** The labels once more, for filters. */
  conductor_node_labels: { node_id: string; key: string; value: string; name: string };
  conductor_consoles: ConsoleRow;
  conductor_leases: LeaseTableRow;
  conductor_sessions: SessionRow;
  conductor_proxies: { id: string; target: string; seen_at: Millis };
  conductor_operations: OperationRow;
  conductor_gone: GoneRow;
  /** Rows are appended and never changed; the oldest are deleted when a retention is set. */
  conductor_audit: AuditRow;
  /** How far something of another service was read. */
  conductor_cursors: { name: string; seen_revision: Counter };
}

export interface NodeRow {
  id: string;
  name: string;
  graphical: string;
  serial: string;
  power: string;
  driver_info_json: string;
  secret_keys_json: string;
  /** Sealed JSON of driver_secrets; associated data `node/<id>`. */
  secrets: Bytes;
  owner: string;
  lessee: string;
  instance_uuid: string;
  maintenance: Flag;
  maintenance_reason: string;
  labels_json: string;
  extra_json: string;
  route: string;
  deleting: Flag;
  revision: Counter;
  created_at: Millis;
  updated_at: Millis;
}

export interface ConsoleRow {
  id: string;
  node_id: string;
  node_name: string;
  kind: string;
  desired: string;
  observed: string;
  generation: Counter;
  /** What may be known of the incarnation; null when there is none. */
  incarnation_json: string | null;
  /** Its sealed part; associated data `console/<id>`. */
  secrets: Bytes | null;
  conditions_json: string;
  last_error_json: string | null;
  retry_json: string;
  linger_until: Millis | null;
  /** Traceparent of the call that said last what is wanted. */
  trace: string | null;
  revision: Counter;
}

export interface LeaseTableRow {
  console_id: string;
  /** 1: somebody has to hold it. */
  active: Flag;
  /** Empty: nobody has it; then `expires_at` is 0. */
  owner: string;
  fence: Counter;
  expires_at: Millis;
  mutable_at: Millis;
}

export interface SessionRow {
  id: string;
  console_id: string;
  node_id: string;
  node_name: string;
  kind: string;
  generation: Counter;
  role: string;
  subject: string;
  token_id: string;
  proxy_id: string;
  client_address: string;
  state: string;
  opened_at: Millis;
  changed_at: Millis;
  expires_at: Millis;
  end_json: string | null;
  /** When its user gave input for the first time. */
  wrote_at: Millis | null;
  /** Bytes of input over the connections that are gone. */
  input_bytes: number;
  revision: Counter;
}

/** A console that is gone, for those who watch. */
export interface GoneRow {
  console_id: string;
  node_id: string;
  revision: Counter;
  gone_at: Millis;
  /** What it has left changed at its machine; empty when nothing is known of. */
  left_changed: string;
}

export interface OperationRow {
  node_id: string;
  operation_id: string;
  /** Digest of what was asked, so that an id is not used for two things. */
  request: string;
  /** Null while it runs. */
  result_json: string | null;
  created_at: Millis;
}

export interface AuditRow {
  sequence: Counter;
  at: Millis;
  kind: string;
  actor: string;
  subject: string;
  node_id: string;
  node_name: string;
  console_id: string;
  console_kind: string;
  session_id: string;
  client_address: string;
  role: string;
  token_id: string;
  forced: Flag;
  fields_json: string;
  reason: string;
  /** Lower-case hex, like `hash`. */
  previous_hash: string;
  hash: string;
}

/** Every column of the schema that is a 64-bit counter. */
export const counters = {
  revision: true,
  generation: true,
  fence: true,
  sequence: true,
  seen_revision: true,
} as const;
