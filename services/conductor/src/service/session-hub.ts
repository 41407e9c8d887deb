import type {
  KeepSessionsRequest,
  KeepSessionsResponse,
  ProxyHello,
  SessionClosed,
  SessionInput,
  SessionWrote,
} from '@consolemesh/contracts/conductor';
import { isReason, MeshError } from '@consolemesh/errors';
import { fromTimestamp } from '@consolemesh/mesh';
import { reattach } from '../domain/admission.ts';
import type { ConsoleRecord } from '../domain/console.ts';
import { detachSession, endSession, noteInput, type Session } from '../domain/session.ts';
import { createQueue, type Queue } from '../queue.ts';
import type { Changes, WriteUnit } from '../store/store.ts';
import type { ServiceContext } from './context.ts';

/** The streams of the proxies: live sessions up, ends and notices down. */
export interface SessionHub extends Disposable {
  /** One proxy's stream (SessionService.KeepSessions). `actor`: the identity of the proxy. */
  keep(
    requests: AsyncIterable<KeepSessionsRequest>,
    actor: string,
    signal: AbortSignal,
  ): AsyncGenerator<KeepSessionsResponse>;
}

interface ProxyStream {
  readonly proxyId: string;
  readonly actor: string;
  readonly queue: Queue<KeepSessionsResponse>;
  /** Sessions that the proxy carries, as far as is known here, with their consoles. */
  readonly carried: Map<string, string>;
  /** Sessions whose end the proxy has reported itself. */
  readonly reported: Set<string>;
}

/** Sessions that one proxy may carry, and notices that may wait for it. */
const mostSessions = 20_000;
const heartbeatMs = 5_000;

/** No streams yet. Follows the change feed, so that ends reach proxies whichever replica they happened at. */
export function createSessionHub(context: ServiceContext): SessionHub {
  const streams = new Set<ProxyStream>();
  const unsubscribe = context.feed.onChanges((changes) => {
    for (const stream of streams) tellChanges(stream, changes, context.scheduler.now());
  });
  let timer = context.scheduler.after(heartbeatMs, beat);
  function beat(): void {
    for (const { queue } of streams) queue.push({ notice: { $case: 'heartbeat', value: {} } });
    timer = context.scheduler.after(heartbeatMs, beat);
  }

  return {
    async *keep(requests, actor, signal) {
      const incoming = requests[Symbol.asyncIterator]();
      const first = await incoming.next();
      const hello = first.done ? undefined : first.value.notice;
      if (hello?.$case !== 'hello' || hello.value.proxyId === '' || hello.value.proxyId.length > 128) {
        throw new MeshError('INVALID_ARGUMENT', 'The first message has to be a hello with the proxy_id.');
      }
      if (hello.value.sessionIds.length > mostSessions) throw new MeshError('RESOURCE_EXHAUSTED');
      const stream: ProxyStream = {
        proxyId: hello.value.proxyId,
        actor,
        queue: createQueue(mostSessions * 2),
        carried: new Map(),
        reported: new Set(),
      };
      const end = () => stream.queue.close();
      signal.addEventListener('abort', end, { once: true });
      streams.add(stream);
      try {
        await greet(context, stream, hello.value);
        void listen(context, stream, incoming);
        yield* stream.queue;
      } finally {
        streams.delete(stream);
        stream.queue.close();
        signal.removeEventListener('abort', end);
      }
    },
    [Symbol.dispose]() {
      unsubscribe();
      timer[Symbol.dispose]();
      for (const { queue } of streams) queue.close();
    },
  };
}

/** Takes in what the proxy says until its stream ends; an error of ours ends the stream, and the proxy says hello again. */
async function listen(
  context: ServiceContext,
  stream: ProxyStream,
  incoming: AsyncIterator<KeepSessionsRequest>,
): Promise<void> {
  try {
    for (;;) {
      const next = await incoming.next();
      if (next.done) return;
      await take(context, stream, next.value);
    }
  } catch (error) {
    context.logger.debug({ proxy: stream.proxyId, err: error }, 'the stream of a proxy ended');
  } finally {
    stream.queue.close();
  }
}

async function take(
  context: ServiceContext,
  stream: ProxyStream,
  { notice }: KeepSessionsRequest,
): Promise<void> {
  switch (notice?.$case) {
    case 'openedSessionId':
      return context.store.write(
        (unit) => markOpen(unit, stream, notice.value, context.maxSessions),
        stream.actor,
      );
    case 'closed':
      stream.carried.delete(notice.value.sessionId);
      stream.reported.add(notice.value.sessionId);
      return context.store.write((unit) => markClosed(unit, stream, notice.value), stream.actor);
    case 'wrote':
      return context.store.write((unit) => markWrote(unit, stream, notice.value), stream.actor);
    case 'heartbeat':
      return context.store.write((unit) => unit.seeProxy(stream.proxyId));
    default:
      return;
  }
}

async function markOpen(
  unit: WriteUnit,
  { proxyId }: ProxyStream,
  id: string,
  maxSessions: number,
): Promise<void> {
  await unit.seeProxy(proxyId);
  const session = await unit.findSession(id);
  if (session?.proxyId !== proxyId) return;
  // The end of the tab's older connection may have been heard after its new one was admitted.
  if (session.state === 'detached') return comeBack(unit, session, maxSessions);
  if (session.state !== 'opening') return;
  await unit.putSession({ ...session, state: 'open', changedAt: unit.now });
}

async function markClosed(unit: WriteUnit, { proxyId }: ProxyStream, closed: SessionClosed): Promise<void> {
  await unit.seeProxy(proxyId);
  const session = await unit.findSession(closed.sessionId);
  // A session that has gone to another proxy is not this one's to close.
  if (session?.proxyId !== proxyId) return;
  const noted = withInput(session, closed.input, unit.now);
  if (session.state === 'ended') {
    if (noted.wroteAt !== session.wroteAt) await unit.putSession(noted);
    return;
  }
  const reason = isReason(closed.reason) ? closed.reason : 'CLIENT_CLOSED';
  const end = { reason, message: closed.message.slice(0, 500), at: unit.now };
  await unit.putSession(closed.resumable ? detachSession(noted, unit.now, end) : endSession(noted, end));
}

/** Once for a session, however often it is said; also of one that has ended since. Who may only watch cannot write. */
async function markWrote(unit: WriteUnit, { proxyId }: ProxyStream, wrote: SessionWrote): Promise<void> {
  await unit.seeProxy(proxyId);
  const session = await unit.findSession(wrote.sessionId);
  if (session?.proxyId !== proxyId || session.role !== 'control' || session.wroteAt !== undefined) return;
  await unit.putSession(noteInput(session, fromTimestamp(wrote.at) ?? unit.now));
}

function withInput(session: Session, input: SessionInput | undefined, now: number): Session {
  if (!input || session.role !== 'control') return session;
  return noteInput(session, fromTimestamp(input.firstAt) ?? now, Number(input.bytes));
}

/** Brings what the proxy carries and what is stored together, in one write; what must not go on is ended there. */
async function greet(context: ServiceContext, stream: ProxyStream, hello: ProxyHello): Promise<void> {
  const listed = new Set(hello.sessionIds);
  const sessions = await context.store.write(async (unit) => {
    await unit.seeProxy(hello.proxyId, hello.target.slice(0, 1_024));
    for (const session of await unit.sessionsOfProxy(hello.proxyId)) {
      if (listed.has(session.id)) await comeBack(unit, session, context.maxSessions);
      else if (session.state === 'open') {
        await unit.putSession(detachSession(session, unit.now));
      }
    }
    return unit.sessionsById([...listed]);
  }, stream.actor);
  const known = new Map(sessions.map((session) => [session.id, session]));
  for (const id of listed) {
    const session = known.get(id);
    if (session) stream.carried.set(id, session.consoleId);
    if (session) tellSession(stream, session);
    else pushEnd(stream, id, 'SESSION_TERMINATED', 'The session is not known any more.');
  }
}

async function comeBack(unit: WriteUnit, session: Session, maxSessions: number): Promise<void> {
  if (session.state === 'open') return;
  const live = await unit.liveSessions(session.consoleId);
  const holding = live.filter(({ state }) => state !== 'detached');
  const console = await unit.findConsole(session.consoleId);
  await unit.putSession(reattach(session, console, holding, maxSessions, unit.now));
}

function tellChanges(stream: ProxyStream, { sessions, consoles }: Changes, now: number): void {
  for (const session of sessions) tellSession(stream, session);
  for (const record of consoles) tellLinger(stream, record, now);
}

function tellSession(stream: ProxyStream, session: Session): void {
  const { id, proxyId, state, end } = session;
  const carried = stream.carried.has(id);
  if (proxyId !== stream.proxyId) {
    // It came back at another proxy; the connection that is left here leads nowhere.
    if (carried) pushEnd(stream, id, 'CLIENT_LOST', 'The session goes on elsewhere.');
    return;
  }
  if (state === 'detached') return;
  if (state !== 'ended') {
    stream.carried.set(id, session.consoleId);
    stream.reported.delete(id);
    return;
  }
  // Also one that was opened and ended between two looks: the proxy may carry it, and ending an unknown one harms nobody.
  if (!stream.reported.delete(id))
    pushEnd(stream, id, end?.reason ?? 'SESSION_TERMINATED', end?.message ?? '');
}

function tellLinger(stream: ProxyStream, record: ConsoleRecord, now: number): void {
  if (record.lingerUntil === undefined || record.lingerUntil <= now) return;
  const minutes = Math.max(1, Math.round((record.lingerUntil - now) / 60_000));
  const message = `The console was disabled; this session ends in ${minutes} min at the latest.`;
  for (const [sessionId, consoleId] of stream.carried) {
    if (consoleId !== record.id) continue;
    const value = { sessionId, reason: 'CONSOLE_DISABLED', message };
    stream.queue.push({ notice: { $case: 'notify', value } });
  }
}

function pushEnd(stream: ProxyStream, sessionId: string, reason: string, message: string): void {
  stream.carried.delete(sessionId);
  // A proxy that reads nothing loses its stream and learns the ends with its next hello.
  if (!stream.queue.push({ notice: { $case: 'end', value: { sessionId, reason, message } } }))
    stream.queue.close();
}
