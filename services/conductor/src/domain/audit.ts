import type { ConsoleRecord } from './console.ts';
import type { ConsoleKind, Role } from './kinds.ts';
import type { Node } from './node.ts';
import type { NodeFields } from './node-fields.ts';
import type { Session, SessionState } from './session.ts';

/** What is written down. A kind that was released keeps its meaning. */
export const auditKinds = [
  'session.opened',
  /** From here on its user could write. */
  'session.granted-control',
  /** Its user gave input for the first time. */
  'session.wrote',
  'session.refused',
  'session.ended',
  'console.enabled',
  'console.disabled',
  /** Somebody read what its serial line has said. */
  'console.log-read',
  'token.issued',
  'token.revoked',
  'node.created',
  'node.changed',
  'node.deleted',
  /** Something that belongs here is not known any more. */
  'audit.gap',
  /** The events up to one were deleted, as the retention wants it. */
  'audit.pruned',
] as const;
export type AuditKind = (typeof auditKinds)[number];

/** What happened; what does not apply is left out. No secret, token, URL, value of an option or message of a user belongs here. */
export interface AuditEntry {
  readonly kind: AuditKind;
  /** Whose token or session it is. */
  readonly subject?: string;
  readonly nodeId?: string;
  readonly nodeName?: string;
  readonly consoleId?: string;
  readonly consoleKind?: ConsoleKind;
  readonly sessionId?: string;
  readonly clientAddress?: string;
  readonly role?: Role;
  /** Public name of a token. */
  readonly tokenId?: string;
  /** A console was given up without its driver. */
  readonly forced?: boolean;
  /** Names of changed fields, with the keys of maps; of other kinds `name=value`. */
  readonly fields?: readonly string[];
  /** Reason of the error table. */
  readonly reason?: string;
}

/** An event of the log, field by field as conductor.v1 AuditEvent. */
export interface AuditEvent {
  readonly sequence: bigint;
  /** Milliseconds since the epoch, whole. */
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly subject: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly consoleId: string;
  readonly consoleKind: string;
  readonly sessionId: string;
  readonly clientAddress: string;
  readonly role: string;
  readonly tokenId: string;
  readonly forced: boolean;
  readonly fields: string[];
  readonly reason: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** The conductor as an actor: what time, a reconciler or a lost proxy brings about. */
export const conductorActor = 'service/conductor';

/** What the log has to know of a session as it was until now. */
export interface SessionBefore {
  readonly state: SessionState;
  readonly wroteAt: number | undefined;
}

/** What a written session means for the log. `before`: undefined when it is new. */
export function sessionEntries(before: SessionBefore | undefined, session: Session): AuditEntry[] {
  const entries: AuditEntry[] = [];
  const was = before?.state ?? 'ended';
  const parts = partsOf(session);
  // Another connection of a session that goes on is no new one.
  if (was === 'ended' && session.state !== 'ended') {
    entries.push({ kind: 'session.opened', ...parts });
    if (session.role === 'control') entries.push({ kind: 'session.granted-control', ...parts });
  }
  // Its proxy may say so when it has ended already.
  if (session.wroteAt !== undefined && session.wroteAt !== before?.wroteAt) {
    entries.push({ kind: 'session.wrote', ...parts, fields: [`at=${timeText(session.wroteAt)}`] });
  }
  if (was !== 'ended' && session.state === 'ended') {
    entries.push({
      kind: 'session.ended',
      ...parts,
      ...(session.end ? { reason: session.end.reason } : {}),
      ...(session.inputBytes > 0 ? { fields: [`input_bytes=${session.inputBytes}`] } : {}),
    });
  }
  return entries;
}

/** A time of somebody else's clock in ISO 8601; empty where it is none. */
export function timeText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function partsOf(session: Session): Omit<AuditEntry, 'kind'> {
  return {
    subject: session.subject,
    nodeId: session.nodeId,
    nodeName: session.nodeName,
    consoleId: session.consoleId,
    consoleKind: session.kind,
    sessionId: session.id,
    clientAddress: session.clientAddress,
    role: session.role,
    tokenId: session.tokenId,
  };
}

/** A console in an entry. */
export function consoleParts(record: ConsoleRecord): Omit<AuditEntry, 'kind'> {
  const { id, kind, nodeId, nodeName } = record;
  return { nodeId, nodeName, consoleId: id, consoleKind: kind };
}

/** A node in an entry. */
export function nodeParts({ id, name }: Pick<Node, 'id' | 'name'>): Omit<AuditEntry, 'kind'> {
  return { nodeId: id, nodeName: name };
}

/** Names of the fields whose values differ, as an update mask names them, sorted. Values, secrets above all, are compared and left. */
export function changedFields(before: NodeFields, after: NodeFields): string[] {
  const [old, now] = [flat(before), flat(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].filter((name) => old.get(name) !== now.get(name)).sort();
}

function flat(fields: NodeFields): Map<string, unknown> {
  const entries = Object.entries(fields).flatMap(([field, value]: [string, unknown]) => {
    const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (typeof value !== 'object' || value === null) return [[name, value] as const];
    return Object.entries(value).map(([key, item]) => [`${name}.${key}`, item] as const);
  });
  return new Map(entries);
}
