import type { Failure } from './failure.ts';
import type { ConsoleKind, Role } from './kinds.ts';

/**
 * How a session is.
 * - `opening`: admitted; the proxy is connecting. Holds a place.
 * - `open`: carries bytes. Holds a place.
 * - `detached`: its connection is gone and the tab may come back. Holds none.
 * - `ended`: over.
 */
export type SessionState = 'opening' | 'open' | 'detached' | 'ended';

/** One client connected to one console through a proxy. */
export interface Session {
  /** UUID, from the grant; the same for all resumptions of one tab. */
  readonly id: string;
  readonly consoleId: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly kind: ConsoleKind;
  readonly generation: bigint;
  readonly role: Role;
  readonly subject: string;
  readonly tokenId: string;
  readonly proxyId: string;
  readonly clientAddress: string;
  readonly state: SessionState;
  /** When it was admitted first, ms since the epoch. */
  readonly openedAt: number;
  /** When `state` changed last. */
  readonly changedAt: number;
  /** When it must end at the latest. */
  readonly expiresAt: number;
  /** Why it ended; of a detached one why its connection is gone, where the proxy said so. */
  readonly end: Failure | undefined;
  /** When its user gave input for the first time, ms since the epoch, by the clock of the proxy. */
  readonly wroteAt: number | undefined;
  /** Bytes of input over those of its connections that are gone. */
  readonly inputBytes: number;
  readonly revision: bigint;
}

/** How long sessions may stay in states that should pass, ms. */
export const sessionLimits = {
  /** A proxy that says nothing for so long has lost its sessions. */
  silentProxy: 15_000,
  /** A detached session that nobody resumes ends. */
  detached: 120_000,
  /** An admitted session whose proxy never says that it carries bytes is taken as detached. */
  opening: 60_000,
  /** Ended sessions are kept. */
  ended: 24 * 3_600_000,
} as const;

/** Ends a session. One that has ended keeps its first reason. */
export function endSession(session: Session, end: Failure): Session {
  if (session.state === 'ended') return session;
  return { ...session, state: 'ended', changedAt: end.at, end };
}

/** Takes a session's connection away; its tab may come back. */
export function detachSession(session: Session, now: number, end?: Failure): Session {
  return { ...session, state: 'detached', changedAt: now, end };
}

/** Largest number of bytes that is believed. */
const mostBytes = 2 ** 50;

/** What its proxy says of its user's input. The first time counts; `bytes` come on top of those of its former connections. */
export function noteInput(session: Session, at: number, bytes = 0): Session {
  const inputBytes = Math.min(mostBytes, session.inputBytes + bytes);
  return { ...session, wroteAt: session.wroteAt ?? at, inputBytes };
}

/**
 * Whether a connection was lost for something that lies at the machine, so that its console wants a look. Not BMC_BUSY: whoever answers so is
 * there, and a look would ask for one more of the places that it lacks.
 */
export function accusesMachine({ state, end }: Session): boolean {
  if (!end || (state !== 'detached' && state !== 'ended')) return false;
  return end.reason !== 'BMC_BUSY' && /^(BMC|UPSTREAM)_/.test(end.reason);
}

/** What time does to a session; the same session when nothing. `proxySeenAt`: last sign of life of its proxy. */
export function ageSession(session: Session, now: number, proxySeenAt: number | undefined): Session {
  if (session.state === 'ended') return session;
  if (session.expiresAt <= now) {
    return endSession(session, {
      reason: 'SESSION_EXPIRED',
      message: 'The session has reached its longest duration.',
      at: now,
    });
  }
  if (session.state === 'detached') {
    if (now - session.changedAt < sessionLimits.detached) return session;
    return endSession(session, { reason: 'CLIENT_LOST', message: 'The client did not come back.', at: now });
  }
  const silent = now - (proxySeenAt ?? session.changedAt) > sessionLimits.silentProxy;
  const stuck = session.state === 'opening' && now - session.changedAt > sessionLimits.opening;
  return silent || stuck ? detachSession(session, now) : session;
}
