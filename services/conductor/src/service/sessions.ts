import type {
  OpenSessionResponse,
  SessionServiceImplementation,
  Session as WireSession,
} from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { callerOf, identityText, makeAttachTicket, toTimestamp, verifyGrant } from '@consolemesh/mesh';
import { type Admission, admit, type GrantClaims } from '../domain/admission.ts';
import { type AuditEntry, consoleParts } from '../domain/audit.ts';
import type { ConsoleRecord } from '../domain/console.ts';
import type { Action } from '../domain/policy.ts';
import type { Session } from '../domain/session.ts';
import { endSession } from '../domain/session.ts';
import { meshEndpoint } from '../plugins/check-answer.ts';
import type { Reads } from '../store/store.ts';
import { cutPage, makePageToken, pageSizeOf, readPageToken } from '../wire/pages.ts';
import { reducedSession } from '../wire/reduced.ts';
import { claimsOf, sessionToWire } from '../wire/sessions.ts';
import { type Caller, callerIn, decide, visibleTo } from './caller.ts';
import { requireNode, type ServiceContext } from './context.ts';
import { createSessionLogReading } from './read-session-log.ts';
import type { SessionHub } from './session-hub.ts';

/** How long a ticket for a relay is good, ms. */
const ticketMs = 60_000;
const longestProxyId = 128;
const longestAddress = 128;

/** conductor.v1 SessionService. */
export function createSessionService(context: ServiceContext, hub: SessionHub): SessionServiceImplementation {
  const { store } = context;
  const readLog = createSessionLogReading(context);
  return {
    async listSessions(request, call) {
      const caller = callerIn(call);
      const size = pageSizeOf(request.pageSize);
      const [openedAt, id] = readPageToken(request.pageToken, ['number', 'string']) ?? [];
      const node =
        request.node === ''
          ? undefined
          : (await requireNode(store, request.node, caller, 'session.read')).node;
      const { page, last } = cutPage(
        await store.listSessions({
          before: openedAt === undefined ? undefined : { openedAt: Number(openedAt), id: String(id) },
          limit: size + 1,
          includeEnded: request.includeEnded,
          ...visibleTo(caller),
          ...(node ? { nodeId: node.id } : {}),
          ...(request.subject ? { subject: request.subject } : {}),
        }),
        size,
      );
      return {
        sessions: await shown(store, page, caller),
        nextPageToken: last ? makePageToken([last.openedAt, last.id]) : '',
      };
    },
    async getSession(request, call) {
      const caller = callerIn(call);
      const session = await requireSession(store, request.sessionId, caller, 'session.read');
      return { session: (await shown(store, [session], caller))[0] };
    },
    async terminateSession(request, call) {
      const caller = callerIn(call);
      await store.write(async (unit) => {
        const session = await requireSession(unit, request.sessionId, caller, 'session.terminate');
        const message = request.message.slice(0, 500) || 'The session was ended by an operator.';
        const ended = endSession(session, { reason: 'SESSION_TERMINATED', message, at: unit.now });
        if (ended !== session) await unit.putSession(ended);
      }, caller.actor);
      return {};
    },
    openSession: (request, call) => openSession(context, request, identityText(callerOf(call))),
    keepSessions: (requests, call) => hub.keep(requests, identityText(callerOf(call)), call.signal),
    readSessionLog: (request, call) => readLog(request, identityText(callerOf(call)), call.signal),
  };
}

/** Sessions as somebody may see them. */
async function shown(
  reads: Pick<Reads, 'holdersOf'>,
  sessions: readonly Session[],
  caller: Caller,
): Promise<WireSession[]> {
  if (caller.administrator) return sessions.map(sessionToWire);
  const holders = await reads.holdersOf([...new Set(sessions.map(({ nodeId }) => nodeId))]);
  return sessions.flatMap((session) => {
    const found = decide(caller, 'session.read', holders.get(session.nodeId) ?? nobody);
    if (!found) return [];
    const wire = sessionToWire(session);
    return [found === 'reduced' ? reducedSession(wire) : wire];
  });
}

/** A session of a node that the caller may act on; of one that is gone, only administrators know. @throws MeshError SESSION_NOT_FOUND */
async function requireSession(
  reads: Pick<Reads, 'findSession' | 'holdersOf'>,
  id: string,
  caller: Caller,
  action: Action,
): Promise<Session> {
  const session = await reads.findSession(id);
  const holders = session && ((await reads.holdersOf([session.nodeId])).get(session.nodeId) ?? nobody);
  if (!session || !holders || !decide(caller, action, holders)) throw new MeshError('SESSION_NOT_FOUND');
  return session;
}

/** Of a node that is gone. */
const nobody = { owner: '', lessee: '' };

type OpenRequest = Parameters<SessionServiceImplementation['openSession']>[0];

/** Lets in, or says why not; both are in the audit log. */
async function openSession(
  context: ServiceContext,
  request: OpenRequest,
  actor: string,
): Promise<OpenSessionResponse> {
  const refused: Refused = { clientAddress: request.clientAddress.slice(0, longestAddress), actor };
  try {
    const grant = await verified(context, request);
    refused.grant = grant;
    return await admitSession(context, request, grant, actor);
  } catch (error) {
    await recordRefusal(context, refused, error);
    throw error;
  }
}

async function verified(context: ServiceContext, request: OpenRequest): Promise<GrantClaims> {
  const { grant: signed, proxyId } = request;
  if (!signed) throw new MeshError('GRANT_INVALID');
  if (proxyId === '' || proxyId.length > longestProxyId) {
    throw new MeshError('FIELD_INVALID', `proxy_id: expected 1 to ${longestProxyId} characters`);
  }
  const key = await context.token.grantKey(signed.keyId);
  return claimsOf(verifyGrant(signed, key, proxyId, await context.store.now()));
}

async function admitSession(
  context: ServiceContext,
  request: OpenRequest,
  grant: GrantClaims,
  actor: string,
): Promise<OpenSessionResponse> {
  const { proxyId } = request;
  const clientAddress = request.clientAddress.slice(0, longestAddress);
  let consoleTrace = '';
  const admission = await context.store.write(async (unit): Promise<Admission> => {
    const console = await unit.findConsole(grant.consoleId);
    consoleTrace = console?.trace ?? '';
    const live = await unit.liveSessions(grant.consoleId);
    const outcome = admit({
      grant,
      proxyId,
      clientAddress,
      takeOver: request.takeOver,
      console,
      existing: await unit.findSession(grant.sessionId),
      holding: live.filter(({ state }) => state !== 'detached'),
      maxSessionsCap: context.maxSessions,
      now: unit.now,
    });
    if (outcome.outcome === 'in-use') {
      await unit.audit(refusal({ grant, clientAddress }, console, 'CONSOLE_IN_USE'));
      return outcome;
    }
    for (const session of outcome.ends) {
      const message = `${grant.subject} took the console over.`;
      await unit.putSession(endSession(session, { reason: 'SESSION_TAKEN_OVER', message, at: unit.now }));
    }
    await unit.seeProxy(proxyId);
    return { ...outcome, session: await unit.putSession(outcome.session) };
  }, actor);
  return { outcome: admission.outcome === 'in-use' ? inUse(admission) : admitted(admission, consoleTrace) };
}

/** Who was refused, as far as it was known by then: what a grant says counts once it is verified. */
interface Refused {
  readonly clientAddress: string;
  readonly actor: string;
  grant?: GrantClaims;
}

/** In a write of its own: the one that would have admitted has come to nothing. */
async function recordRefusal(context: ServiceContext, refused: Refused, error: unknown): Promise<void> {
  // Without the database nobody is let in, and nothing can be written down.
  if (!(error instanceof MeshError) || error.reason === 'STORE_UNAVAILABLE') return;
  const { grant, actor } = refused;
  try {
    await context.store.write(async (unit) => {
      const console = grant && (await unit.findConsole(grant.consoleId));
      await unit.audit(refusal(refused, console, error.reason));
    }, actor);
  } catch (failure) {
    context.logger.error({ err: failure, reason: error.reason }, 'a refusal is missing in the audit log');
  }
}

function refusal(
  { grant, clientAddress }: Pick<Refused, 'grant' | 'clientAddress'>,
  console: ConsoleRecord | undefined,
  reason: string,
): AuditEntry {
  if (!grant) return { kind: 'session.refused', clientAddress, reason };
  const { subject, consoleId, kind: consoleKind, sessionId, role, tokenId } = grant;
  return {
    kind: 'session.refused',
    ...{ subject, consoleId, consoleKind, sessionId, role, tokenId, clientAddress, reason },
    ...(console ? consoleParts(console) : {}),
  };
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
