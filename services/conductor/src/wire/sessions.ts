import { type Session as WireSession, SessionState as WireState } from '@consolemesh/contracts/conductor';
import type { Grant } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp, toTimestamp } from '@consolemesh/mesh';
import type { GrantClaims } from '../domain/admission.ts';
import type { Session, SessionState } from '../domain/session.ts';
import { failureToWire } from './consoles.ts';
import { kindFromWire, kindToWire, roleFromWire, roleToWire } from './kinds.ts';

const states: Readonly<Record<SessionState, WireState>> = {
  opening: WireState.OPENING,
  open: WireState.OPEN,
  detached: WireState.DETACHED,
  ended: WireState.ENDED,
};

/** A session as answers show it. */
export function sessionToWire(session: Session): WireSession {
  return {
    id: session.id,
    key: { consoleId: session.consoleId, generation: session.generation },
    nodeName: session.nodeName,
    kind: kindToWire(session.kind),
    role: roleToWire(session.role),
    subject: session.subject,
    proxyId: session.proxyId,
    state: states[session.state],
    openedAt: toTimestamp(session.openedAt),
    expiresAt: toTimestamp(session.expiresAt),
    end: session.state === 'ended' && session.end ? failureToWire(session.end) : undefined,
  };
}

/** What a verified grant says. @throws MeshError GRANT_INVALID when it is not complete */
export function claimsOf(grant: Grant): GrantClaims {
  const kind = kindFromWire(grant.kind);
  const { key, sessionExpiresAt } = grant;
  if (!kind || !key || !sessionExpiresAt || grant.sessionId === '') throw new MeshError('GRANT_INVALID');
  return {
    sessionId: grant.sessionId,
    consoleId: key.consoleId,
    generation: key.generation,
    kind,
    role: roleFromWire(grant.role),
    subject: grant.subject,
    tokenId: grant.tokenId,
    sessionExpiresAt: fromTimestamp(sessionExpiresAt),
  };
}
