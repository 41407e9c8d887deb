import { errorRow, MeshError } from '@consolemesh/errors';
import { type ConsoleRecord, type Incarnation, incarnationOf } from './console.ts';
import type { ConsoleKind, Role } from './kinds.ts';
import { endSession, type Session } from './session.ts';

/** What a verified grant says. */
export interface GrantClaims {
  readonly sessionId: string;
  readonly consoleId: string;
  readonly generation: bigint;
  readonly kind: ConsoleKind;
  readonly role: Role;
  readonly subject: string;
  readonly tokenId: string;
  /** When the session must end at the latest, ms since the epoch. */
  readonly sessionExpiresAt: number;
}

/** What is known when somebody wants in. */
export interface AdmissionRequest {
  readonly grant: GrantClaims;
  readonly proxyId: string;
  readonly clientAddress: string;
  readonly takeOver: boolean;
  /** Undefined when the node is gone. */
  readonly console: ConsoleRecord | undefined;
  /** The session of this id, when there was one. */
  readonly existing: Session | undefined;
  /** Sessions of this console that hold a place. */
  readonly holding: readonly Session[];
  /** Upper limit of the conductor's settings. */
  readonly maxSessionsCap: number;
  readonly now: number;
}

/**
 * The outcome.
 * - `admit`: the session as it is to be written, and the sessions that end for it.
 * - `in-use`: no place; `blocking` is the session that a take-over would end.
 */
export type Admission =
  | {
      readonly outcome: 'admit';
      readonly session: Session;
      readonly incarnation: Incarnation;
      readonly ends: readonly Session[];
    }
  | { readonly outcome: 'in-use'; readonly blocking: Session; readonly mayTakeOver: boolean };

/**
 * The rules of admission, in this order:
 * 1. The console exists, is enabled (or lingers, for a session that was in before), of the grant's generation, and READY or DEGRADED.
 * 2. A session that ended for any reason but a lost connection does not come back; its end is the answer.
 * 3. A session that holds a place keeps it, wherever it comes back.
 * 4. Otherwise a place has to be free. `max(1, max_sessions)` of the endpoint, capped by the settings; OPENING and OPEN hold one each.
 * 5. A take-over ends the oldest control session, or the oldest view session when there is no other; a view session never ends a
 *    control session.
 * @throws MeshError with the reason that the user reads
 */
export function admit(request: AdmissionRequest): Admission {
  const { grant, existing, now } = request;
  if (grant.sessionExpiresAt <= now) throw new MeshError('SESSION_EXPIRED');
  const incarnation = openIncarnation(request);
  if (existing) checkResumable(existing, grant);
  const others = request.holding.filter((session) => session.id !== grant.sessionId);
  const places = placesOf(incarnation.maxSessions, request.maxSessionsCap);
  const keepsPlace = existing?.state === 'open' || existing?.state === 'opening';
  const ends: Session[] = [];
  if (!keepsPlace && others.length >= places) {
    const blocking = victimOf(others, grant.role);
    if (!request.takeOver || !blocking) {
      return {
        outcome: 'in-use',
        blocking: blocking ?? oldest(others)!,
        mayTakeOver: blocking !== undefined,
      };
    }
    ends.push(blocking);
  }
  return { outcome: 'admit', incarnation, ends, session: admitted(request, request.console!) };
}

/**
 * A session whose proxy was silent for a while and carries it still. It opens again where it left, unless its place is taken: then it
 * ends as if it had been taken over.
 */
export function reattach(
  session: Session,
  console: ConsoleRecord | undefined,
  holding: readonly Session[],
  maxSessionsCap: number,
  now: number,
): Session {
  const incarnation = console && incarnationOf(console.state);
  const others = holding.filter(({ id }) => id !== session.id);
  const places = placesOf(incarnation?.maxSessions ?? 1, maxSessionsCap);
  if (session.state === 'detached' && others.length >= places) {
    const message = `The console was opened by ${oldest(others)!.subject} while the connection was silent.`;
    return endSession(session, { reason: 'SESSION_TAKEN_OVER', message, at: now });
  }
  return { ...session, state: 'open', changedAt: now, end: undefined };
}

/** How many sessions a console admits at once. */
export function placesOf(maxSessions: number, cap: number): number {
  return Math.min(Math.max(1, maxSessions), cap);
}

function openIncarnation({ console, grant, existing, now }: AdmissionRequest): Incarnation {
  if (!console || console.kind !== grant.kind) throw new MeshError('CONSOLE_NOT_FOUND');
  const lingers = existing !== undefined && existing.state !== 'ended' && (console.lingerUntil ?? 0) > now;
  const incarnation = incarnationOf(console.state);
  if (console.desired === 'disabled' && !lingers) throw new MeshError('CONSOLE_DISABLED');
  if (console.generation !== grant.generation) {
    throw new MeshError(
      'STALE_GENERATION',
      'The console was made anew since this link was made; ask for a new one.',
    );
  }
  const open =
    console.state.observed === 'ready' ||
    console.state.observed === 'degraded' ||
    (lingers && console.state.observed === 'stopping');
  if (!open || !incarnation || incarnation.secrets.reveal().endpoints.length === 0) {
    // Its last error may say more of the BMC than this user is to know.
    throw new MeshError('CONSOLE_NOT_READY');
  }
  return incarnation;
}

function checkResumable(existing: Session, grant: GrantClaims): void {
  if (existing.consoleId !== grant.consoleId || existing.generation !== grant.generation) {
    throw new MeshError('GRANT_INVALID');
  }
  const { end } = existing;
  if (existing.state !== 'ended' || !end) return;
  if (end.reason !== 'CLIENT_LOST' && end.reason !== 'CLIENT_CLOSED' && end.reason !== 'DRAINING') {
    throw new MeshError(end.reason, end.message || errorRow(end.reason).meaning);
  }
}

function victimOf(holding: readonly Session[], role: Role): Session | undefined {
  const control = oldest(holding.filter((session) => session.role === 'control'));
  const view = oldest(holding.filter((session) => session.role === 'view'));
  return role === 'control' ? (control ?? view) : view;
}

function oldest(sessions: readonly Session[]): Session | undefined {
  return [...sessions].sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1))[0];
}

function admitted(request: AdmissionRequest, console: ConsoleRecord): Session {
  const { grant, existing, now } = request;
  return {
    id: grant.sessionId,
    consoleId: grant.consoleId,
    nodeId: console.nodeId,
    nodeName: console.nodeName,
    kind: console.kind,
    generation: grant.generation,
    role: grant.role,
    subject: grant.subject,
    tokenId: grant.tokenId,
    proxyId: request.proxyId,
    clientAddress: request.clientAddress,
    state: 'opening',
    openedAt: existing?.openedAt ?? now,
    changedAt: now,
    expiresAt: existing ? Math.min(existing.expiresAt, grant.sessionExpiresAt) : grant.sessionExpiresAt,
    end: undefined,
    // What has ended and is opened again is told anew.
    wroteAt: existing?.state === 'ended' ? undefined : existing?.wroteAt,
    inputBytes: existing?.state === 'ended' ? 0 : (existing?.inputBytes ?? 0),
    revision: existing?.revision ?? 0n,
  };
}
