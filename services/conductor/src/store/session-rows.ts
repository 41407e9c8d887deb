import { fromJson, toJson } from '@consolemesh/store';
import type { Insertable, Selectable } from 'kysely';
import type { Failure } from '../domain/failure.ts';
import type { ConsoleKind, Role } from '../domain/kinds.ts';
import type { Session, SessionState } from '../domain/session.ts';
import type { SessionRow } from './schema.ts';

/** A session as a row. */
export function sessionToRow(session: Session): Insertable<SessionRow> {
  return {
    id: session.id,
    console_id: session.consoleId,
    node_id: session.nodeId,
    node_name: session.nodeName,
    kind: session.kind,
    generation: session.generation,
    role: session.role,
    subject: session.subject,
    token_id: session.tokenId,
    proxy_id: session.proxyId,
    client_address: session.clientAddress,
    state: session.state,
    opened_at: Math.round(session.openedAt),
    changed_at: Math.round(session.changedAt),
    expires_at: Math.round(session.expiresAt),
    end_json: session.end ? toJson(session.end) : null,
    wrote_at: session.wroteAt === undefined ? null : Math.round(session.wroteAt),
    input_bytes: session.inputBytes,
    revision: session.revision,
  };
}

/** A row as a session. */
export function sessionFromRow(row: Selectable<SessionRow>): Session {
  return {
    id: row.id,
    consoleId: row.console_id,
    nodeId: row.node_id,
    nodeName: row.node_name,
    kind: row.kind as ConsoleKind,
    generation: row.generation,
    role: row.role as Role,
    subject: row.subject,
    tokenId: row.token_id,
    proxyId: row.proxy_id,
    clientAddress: row.client_address,
    state: row.state as SessionState,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    expiresAt: row.expires_at,
    end: row.end_json === null ? undefined : fromJson<Failure>(row.end_json),
    wroteAt: row.wrote_at ?? undefined,
    inputBytes: row.input_bytes,
    revision: row.revision,
  };
}
