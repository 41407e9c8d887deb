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
  'session.refused',
  'session.ended',
  'console.enabled',
  'console.disabled',
  'token.issued',
  'node.created',
  'node.changed',
  'node.deleted',
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
  /** Names of changed fields, with the keys of maps. */
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

/** What a written session means for the log. `before`: its state until now; undefined when it is new. */
export function sessionEntries(before: SessionState | undefined, session: Session): AuditEntry[] {
  const was = before ?? 'ended';
  if (session.state === 'ended') {
    return was === 'ended'
      ? []
      : [
          {
            kind: 'session.ended',
            ...partsOf(session),
            ...(session.end ? { reason: session.end.reason } : {}),
          },
        ];
  }
  // Another connection of a session that goes on is no new one.
  if (was !== 'ended') return [];
  const parts = partsOf(session);
  const control: AuditEntry[] =
    session.role === 'control' ? [{ kind: 'session.granted-control', ...parts }] : [];
  return [{ kind: 'session.opened', ...parts }, ...control];
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
