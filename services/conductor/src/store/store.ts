import type { AuditEntry, AuditEvent } from '../domain/audit.ts';
import type { ConsoleRecord, Observed } from '../domain/console.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import type { GrantedLease, LeaseTimes } from '../domain/lease.ts';
import type { Node } from '../domain/node.ts';
import type { Holders } from '../domain/policy.ts';
import type { Session } from '../domain/session.ts';

/**
 * The conductor's memory, the same on both engines (suite: `store.test.ts`). Everything throws MeshError; STORE_UNAVAILABLE when the
 * database does not serve.
 */
export interface ConductorStore extends Reads {
  /**
   * One write: all of it or nothing. Writes of all replicas have one order, that of their revisions, and a write sees everything that came
   * before it. `fn` may run more than once. `actor`: the identity that the audit log names, the conductor's own unless told.
   */
  write<T>(fn: (unit: WriteUnit) => Promise<T>, actor?: string): Promise<T>;
  /** Number of the newest write. */
  revision(): Promise<bigint>;
  /** What was written after a revision, at most `limit` rows of each kind. */
  changesSince(revision: bigint, limit: number): Promise<Changes>;
  /** Calls back after each write of this process. Answers how to stop that. */
  onWrite(listener: () => void): () => void;
  readonly leases: LeaseStore;
  readonly seals: SealStore;
  /** The database's clock, ms since the epoch. */
  now(): Promise<number>;
  ping(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What can be read, in a write or outside. */
export interface Reads {
  /** By UUID or name. */
  findNode(idOrName: string): Promise<Node | undefined>;
  listNodes(filter: NodeFilter): Promise<Node[]>;
  /** Whose nodes are and who has them on loan, by id of the node. */
  holdersOf(nodeIds: readonly string[]): Promise<Map<string, Holders>>;
  findConsole(id: string): Promise<ConsoleRecord | undefined>;
  /** Both, graphical first. */
  consolesOfNode(nodeId: string): Promise<ConsoleRecord[]>;
  consolesById(ids: readonly string[]): Promise<ConsoleRecord[]>;
  listConsoles(filter: ConsoleFilter): Promise<ConsoleRecord[]>;
  /** Who acts on them and how many sessions they have, by id of the console. */
  consoleFacts(ids: readonly string[]): Promise<Map<string, ConsoleFacts>>;
  /** What consoles that are gone have left changed at their machines; kept as long as the notice that they are gone. */
  leftChanged(consoleIds: readonly string[]): Promise<string[]>;
  findSession(id: string): Promise<Session | undefined>;
  sessionsById(ids: readonly string[]): Promise<Session[]>;
  /** Sessions of a console that have not ended. */
  liveSessions(consoleId: string): Promise<Session[]>;
  /** Sessions of a proxy that have not ended. */
  sessionsOfProxy(proxyId: string): Promise<Session[]>;
  listSessions(filter: SessionFilter): Promise<Session[]>;
  /** A page of the audit log. */
  listAuditEvents(filter: AuditFilter): Promise<AuditEvent[]>;
  /** How far something of another service was read; undefined when it never was. */
  findCursor(name: string): Promise<bigint | undefined>;
  /** Sessions that time has something to do with, at most `limit`. */
  sessionsToAge(limit: number): Promise<{ session: Session; proxySeenAt: number | undefined }[]>;
}

/** One write in progress. */
export interface WriteUnit extends Reads {
  /** The database's clock when the write began, ms since the epoch. */
  readonly now: number;
  /** Number of this write; what is put carries it. */
  readonly revision: bigint;
  /** @throws MeshError LEASE_LOST unless `owner` holds the console's lease with this fence. */
  requireLease(consoleId: string, owner: string, fence: bigint): Promise<void>;
  /** @throws MeshError NODE_EXISTS, NODE_NAME_TAKEN */
  insertNode(node: Node, consoles: readonly Omit<ConsoleRecord, 'revision'>[]): Promise<void>;
  /** @throws MeshError NODE_NAME_TAKEN */
  putNode(node: Node): Promise<void>;
  deleteNode(nodeId: string): Promise<void>;
  putConsole(record: ConsoleRecord): Promise<ConsoleRecord>;
  /** Also appends to the audit log when the session begins or ends, so that nobody can forget to. */
  putSession(session: Session): Promise<Session>;
  /** Appends to the audit log. */
  audit(entry: AuditEntry): Promise<void>;
  putCursor(name: string, revision: bigint): Promise<void>;
  /**
   * Deletes events from the beginning of the audit log, at most `limit`, as long as they are from before a time (ms since the epoch); the
   * newest one stays. Answers what went, which whoever calls writes down in the same write.
   */
  pruneAudit(before: number, limit: number): Promise<Pruned | undefined>;
  /** Forgets sessions that ended before a time, operations and notices likewise. */
  forget(before: { sessions: number; operations: number; gone: number }): Promise<void>;
  seeProxy(proxyId: string, target?: string): Promise<void>;
  /** What is known of an operation; undefined when it is new, and then it is noted as running. */
  beginOperation(operation: {
    nodeId: string;
    operationId: string;
    request: string;
  }): Promise<Operation | undefined>;
  finishOperation(nodeId: string, operationId: string, result: OperationResult | undefined): Promise<void>;
}

/** Leases in bulk. Each call is one statement or one short write of its own; none of them counts as a change. */
export interface LeaseStore {
  /** Takes up to `limit` leases that nobody holds, of consoles that need somebody. */
  acquire(owner: string, times: LeaseTimes, limit: number): Promise<GrantedLease[]>;
  /** Takes one, when nobody holds it; also of a console that needs nobody, to clear up behind it. */
  acquireOne(consoleId: string, owner: string, times: LeaseTimes): Promise<GrantedLease | undefined>;
  /** Raises the fence of a lease that is held, so that calls made before are late ones; undefined when it is not held any more. */
  raise(consoleId: string, owner: string, fence: bigint): Promise<bigint | undefined>;
  /** Renews all that have not expired; answers fences by console. */
  renew(owner: string, times: LeaseTimes): Promise<Map<string, bigint>>;
  /** Gives back those named, or all. */
  release(owner: string, consoleIds?: readonly string[]): Promise<void>;
}

/** Secrets at rest and the keys that they lie under. Nothing of this counts as a change of what it touches. */
export interface SealStore {
  /** How many sealed secrets lie under which key. */
  count(): Promise<SealCount[]>;
  /**
   * Seals anew what lies under another key than the active one, at most `limit` values after `after`. What somebody writes meanwhile is left
   * as it was written; what does not open stays as it is.
   */
  renew(after: SealCursor | undefined, limit: number): Promise<SealBatch>;
  /** Drops what was replaced from the files of the database, where that does not happen by itself. */
  scrub(): Promise<void>;
}

/** Sealed secrets of one key. */
export interface SealCount {
  readonly keyId: string;
  readonly nodes: number;
  readonly consoles: number;
}

/** The last value that was looked at. */
export interface SealCursor {
  readonly table: 'conductor_nodes' | 'conductor_consoles';
  readonly id: string;
}

/** What a batch came to. */
export interface SealBatch {
  /** Where the next one begins; undefined at the end. */
  readonly next: SealCursor | undefined;
  readonly renewed: number;
}

/** What was deleted from the beginning of the audit log. */
export interface Pruned {
  readonly events: number;
  /** Of the last one that went. */
  readonly lastSequence: bigint;
  readonly lastHash: string;
}

/** What was written after a revision. */
export interface Changes {
  /** Everything up to here is in this answer. */
  readonly revision: bigint;
  /** There is more than `limit`; ask again from `revision`. */
  readonly more: boolean;
  readonly consoles: readonly ConsoleRecord[];
  readonly sessions: readonly Session[];
  readonly gone: readonly { readonly consoleId: string; readonly nodeId: string }[];
}

export interface ConsoleFacts {
  /** Conductor that holds the lease; empty when none does. */
  readonly conductor: string;
  /** Sessions that hold a place. */
  readonly sessions: number;
}

export interface NodeFilter {
  /** Names after this one; empty: from the start. */
  readonly after: string;
  readonly limit: number;
  readonly namePrefix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: string;
  readonly lessee?: string;
  readonly instanceUuid?: string;
  readonly maintenance?: boolean;
  /** Only nodes that one of these owns or has on loan. */
  readonly visibleTo?: readonly string[];
}

export interface ConsoleFilter {
  readonly after: { readonly nodeName: string; readonly kind: ConsoleKind } | undefined;
  readonly limit: number;
  readonly nodeId?: string;
  readonly kind?: ConsoleKind;
  readonly observed?: Observed;
  /** Only of nodes that one of these owns or has on loan. */
  readonly visibleTo?: readonly string[];
}

export interface SessionFilter {
  /** Older than this one. */
  readonly before: { readonly openedAt: number; readonly id: string } | undefined;
  readonly limit: number;
  readonly nodeId?: string;
  readonly subject?: string;
  readonly includeEnded: boolean;
  /** Only of nodes that one of these owns or has on loan. */
  readonly visibleTo?: readonly string[];
}

export interface AuditFilter {
  /** Sequence of the last event of the page before. */
  readonly after?: bigint | undefined;
  readonly oldestFirst: boolean;
  readonly limit: number;
  /** UUID, or name at the time of the event. */
  readonly node?: string | undefined;
  /** Subject or actor. */
  readonly who?: string | undefined;
  readonly kind?: string | undefined;
  /** Milliseconds since the epoch; not before. */
  readonly since?: number | undefined;
  /** Milliseconds since the epoch; before. */
  readonly until?: number | undefined;
}

/** A power operation that is known already. */
export interface Operation {
  readonly request: string;
  /** Undefined while it runs. */
  readonly result: OperationResult | undefined;
  readonly createdAt: number;
}

/** What a power operation came to. */
export interface OperationResult {
  /** Number of the driver's PowerState; 0 where there is none. */
  readonly state: number;
}
