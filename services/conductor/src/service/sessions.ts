import type { OpenSessionResponse, SessionServiceImplementation } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { makeAttachTicket, toTimestamp, verifyGrant } from '@consolemesh/mesh';
import { type Admission, admit } from '../domain/admission.ts';
import { endSession } from '../domain/session.ts';
import { meshEndpoint } from '../plugins/check-answer.ts';
import { cutPage, makePageToken, pageSizeOf, readPageToken } from '../wire/pages.ts';
import { claimsOf, sessionToWire } from '../wire/sessions.ts';
import { requireNode, type ServiceContext } from './context.ts';
import type { SessionHub } from './session-hub.ts';

/** How long a ticket for a relay is good, ms. */
const ticketMs = 60_000;
const longestProxyId = 128;

/** conductor.v1 SessionService. */
export function createSessionService(context: ServiceContext, hub: SessionHub): SessionServiceImplementation {
  const { store } = context;
  return {
    async listSessions(request) {
      const size = pageSizeOf(request.pageSize);
      const [openedAt, id] = readPageToken(request.pageToken, ['number', 'string']) ?? [];
      const node = request.node === '' ? undefined : await requireNode(store, request.node);
      const { page, last } = cutPage(
        await store.listSessions({
          before: openedAt === undefined ? undefined : { openedAt: Number(openedAt), id: String(id) },
          limit: size + 1,
          includeEnded: request.includeEnded,
          ...(node ? { nodeId: node.id } : {}),
          ...(request.subject ? { subject: request.subject } : {}),
        }),
        size,
      );
      return {
        sessions: page.map(sessionToWire),
        nextPageToken: last ? makePageToken([last.openedAt, last.id]) : '',
      };
    },
    async getSession(request) {
      const session = await store.findSession(request.sessionId);
      if (!session) throw new MeshError('SESSION_NOT_FOUND');
      return { session: sessionToWire(session) };
    },
    async terminateSession(request) {
      await store.write(async (unit) => {
        const session = await unit.findSession(request.sessionId);
        if (!session) throw new MeshError('SESSION_NOT_FOUND');
        const message = request.message.slice(0, 500) || 'The session was ended by an operator.';
        const ended = endSession(session, { reason: 'SESSION_TERMINATED', message, at: unit.now });
        if (ended !== session) await unit.putSession(ended);
      });
      return {};
    },
    openSession: (request) => openSession(context, request),
    keepSessions: (requests, { signal }) => hub.keep(requests, signal),
  };
}

async function openSession(
  context: ServiceContext,
  request: Parameters<SessionServiceImplementation['openSession']>[0],
): Promise<OpenSessionResponse> {
  const { grant: signed, proxyId } = request;
  if (!signed) throw new MeshError('GRANT_INVALID');
  if (proxyId === '' || proxyId.length > longestProxyId) {
    throw new MeshError('FIELD_INVALID', `proxy_id: expected 1 to ${longestProxyId} characters`);
  }
  const key = await context.token.grantKey(signed.keyId);
  const grant = claimsOf(verifyGrant(signed, key, proxyId, await context.store.now()));
  let consoleTrace = '';
  const admission = await context.store.write(async (unit): Promise<Admission> => {
    const console = await unit.findConsole(grant.consoleId);
    consoleTrace = console?.trace ?? '';
    const live = await unit.liveSessions(grant.consoleId);
    const outcome = admit({
      grant,
      proxyId,
      clientAddress: request.clientAddress.slice(0, 128),
      takeOver: request.takeOver,
      console,
      existing: await unit.findSession(grant.sessionId),
      holding: live.filter(({ state }) => state !== 'detached'),
      maxSessionsCap: context.maxSessions,
      now: unit.now,
    });
    if (outcome.outcome === 'in-use') return outcome;
    for (const session of outcome.ends) {
      const message = `${grant.subject} took the console over.`;
      await unit.putSession(endSession(session, { reason: 'SESSION_TAKEN_OVER', message, at: unit.now }));
    }
    await unit.seeProxy(proxyId);
    return { ...outcome, session: await unit.putSession(outcome.session) };
  });
  return { outcome: admission.outcome === 'in-use' ? inUse(admission) : admitted(admission, consoleTrace) };
}

function inUse({
  blocking,
  mayTakeOver,
}: Extract<Admission, { outcome: 'in-use' }>): OpenSessionResponse['outcome'] {
  return {
    $case: 'inUse',
    value: {
      sessionId: blocking.id,
      subject: blocking.subject,
      since: toTimestamp(blocking.openedAt),
      mayTakeOver,
    },
  };
}

function admitted(
  { session, incarnation }: Extract<Admission, { outcome: 'admit' }>,
  consoleTrace: string,
): OpenSessionResponse['outcome'] {
  const { endpoints, attachKey } = incarnation.secrets.reveal();
  const endpoint = meshEndpoint(endpoints);
  const ticket =
    endpoint?.transport?.$case === 'relay'
      ? makeAttachTicket(attachKey, {
          consoleId: session.consoleId,
          generation: session.generation,
          sessionId: session.id,
          subject: session.subject,
          role: session.role,
          expiresAt: session.changedAt + ticketMs,
        })
      : Buffer.alloc(0);
  const { unverifiedTls } = incarnation;
  const wire = sessionToWire(session);
  return { $case: 'admission', value: { session: wire, endpoint, ticket, unverifiedTls, consoleTrace } };
}
