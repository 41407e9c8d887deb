import type { Endpoint } from '@consolemesh/contracts/types';
import type { Failure } from './failure.ts';
import type { ConsoleKind, EndpointKind } from './kinds.ts';
import type { NodeAccess } from './node.ts';
import type { Sealed } from './sealed.ts';

/** A plugin process that has a console. */
export interface Holder {
  readonly instanceId: string;
  /** gRPC target URI. */
  readonly target: string;
}

/**
 * How far an incarnation has come at the plugins. Each step is committed before the next one is called.
 * - `chosen`: a driver is chosen; nothing was touched.
 * - `prepared`: `restoreState` is committed; from now on StartConsole may have run, wholly or in part.
 * - `containing`: the driver wants a container; from now on StartContainer may have run.
 * - `reachable`: there are endpoints.
 */
export type Progress = 'chosen' | 'prepared' | 'containing' | 'reachable';

/** What exists, or may exist, at the plugins for one generation. It stays in the record until it was stopped. */
export interface Incarnation {
  readonly generation: bigint;
  readonly progress: Progress;
  readonly driver: string;
  /** Why this driver, then why this kind of endpoint. */
  readonly why: string;
  /** Committed before StartConsole is called, so that whoever takes over knows where to look. */
  readonly holder: Holder | undefined;
  readonly endpointKind: EndpointKind | undefined;
  readonly provider: string | undefined;
  readonly providerHolder: Holder | undefined;
  readonly maxSessions: number;
  readonly unverifiedTls: boolean;
  readonly secrets: Sealed<IncarnationSecrets>;
}

/** The part of an incarnation that is stored encrypted. */
export interface IncarnationSecrets {
  /** Eight characters. */
  readonly password: string;
  /** 32 bytes. */
  readonly attachKey: Buffer;
  readonly driverState: Buffer;
  readonly restoreState: Buffer;
  readonly endpoints: readonly Endpoint[];
  /** With what the incarnation was started; see `accessForStop`. */
  readonly access: NodeAccess;
}

/** Something that holds of a console or not. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: boolean;
  /** A reason of the error table when it does not hold, else a word. */
  readonly reason: string;
  readonly message: string;
  /** When `status` changed last, ms since the epoch. */
  readonly since: number;
}

export const conditionTypes = ['DriverChosen', 'Prepared', 'Started', 'Reachable', 'Restored'] as const;
export type ConditionType = (typeof conditionTypes)[number];

/**
 * What is so.
 *
 * - `stopped`: off, and nothing is left at the plugins.
 * - `starting`: being made; the incarnation is there as soon as a driver was chosen.
 * - `ready`: can be opened.
 * - `degraded`: was ready and does not answer at present; being mended, sessions are admitted meanwhile.
 * - `failed`: could not be made; tried again when `retry` says.
 * - `stopping`: being stopped; stays so while stopping fails.
 */
export type ConsoleState =
  | { readonly observed: 'stopped' }
  | { readonly observed: 'starting'; readonly incarnation: Incarnation | undefined }
  | { readonly observed: 'ready'; readonly incarnation: Incarnation }
  | { readonly observed: 'degraded'; readonly incarnation: Incarnation }
  | { readonly observed: 'failed'; readonly incarnation: Incarnation | undefined }
  | { readonly observed: 'stopping'; readonly incarnation: Incarnation };

export type Observed = ConsoleState['observed'];

/**
 * When the next try is due.
 * - `none`: nothing has failed.
 * - `at`: after a back-off.
 * - `blocked`: not before the access to the node differs from `fingerprint`; BMCs lock out.
 */
export type Retry =
  | { readonly kind: 'none' }
  | { readonly kind: 'at'; readonly at: number; readonly attempts: number }
  | { readonly kind: 'blocked'; readonly fingerprint: string; readonly attempts: number };

/** One console: what is wanted, what is so, and what exists at the plugins. */
export interface ConsoleRecord {
  /** UUID; stays for the life of the node. */
  readonly id: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly kind: ConsoleKind;
  readonly desired: 'enabled' | 'disabled';
  /** Number of the incarnation that is wanted; 0 before the first enable. */
  readonly generation: bigint;
  readonly state: ConsoleState;
  readonly conditions: readonly Condition[];
  readonly lastError: Failure | undefined;
  readonly retry: Retry;
  /** Disabled, but open sessions may go on until then. */
  readonly lingerUntil: number | undefined;
  /** Traceparent of the call that said last what is wanted: work toward it goes on with that trace. Undefined when it was in none. */
  readonly trace: string | undefined;
  /** Revision of its last write; its etag. */
  readonly revision: bigint;
}

/** The incarnation of a state, where there is one. */
export function incarnationOf(state: ConsoleState): Incarnation | undefined {
  return state.observed === 'stopped' ? undefined : state.incarnation;
}

/** Whether somebody has to hold the lease: anything but wanted off and off. */
export function isActive(record: ConsoleRecord): boolean {
  return record.desired === 'enabled' || record.state.observed !== 'stopped';
}

/** A console that was never enabled. */
export function newConsole(
  id: string,
  node: { id: string; name: string },
  kind: ConsoleKind,
): Omit<ConsoleRecord, 'revision'> {
  return {
    id,
    nodeId: node.id,
    nodeName: node.name,
    kind,
    desired: 'disabled',
    generation: 0n,
    state: { observed: 'stopped' },
    conditions: [],
    lastError: undefined,
    retry: { kind: 'none' },
    lingerUntil: undefined,
    trace: undefined,
  };
}
