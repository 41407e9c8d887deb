import type { ReadSessionLogRequest, ReadSessionLogResponse } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp } from '@consolemesh/mesh';
import { consoleParts, timeText } from '../domain/audit.ts';
import type { ConsoleRecord } from '../domain/console.ts';
import type { Node } from '../domain/node.ts';
import type { Session } from '../domain/session.ts';
import type { LogRange } from '../plugins/read-log.ts';
import type { ConductorStore } from '../store/store.ts';
import { reducedError } from '../wire/reduced.ts';
import type { ServiceContext } from './context.ts';
import { maxReaders, nothing, notTheirs, readAnywhere, watchRight } from './read-console-log.ts';
import { changedHandsAt } from './theirs-since.ts';

/** Most bytes of one reading. */
const mostBytes = 16n * 1024n * 1024n;

/**
 * Reads the log of the line that a live session shows, for the proxy that carries it. Admission has said that its user may see the console;
 * what the console said before the node changed hands is nobody's who came by a link, and no driver's sentence is either.
 */
export function createSessionLogReading(context: ServiceContext) {
  const { store } = context;
  /** One reading for each session: a newer one ends the older. */
  const readings = new Map<string, AbortController>();

  return async function* read(
    request: ReadSessionLogRequest,
    actor: string,
    signal: AbortSignal,
  ): AsyncGenerator<ReadSessionLogResponse> {
    const allowed = () => requireLive(store, request);
    const { session, node, record } = await allowed();
    readings.get(session.id)?.abort();
    if (readings.size >= maxReaders && !readings.has(session.id)) {
      throw new MeshError('RESOURCE_EXHAUSTED', `${maxReaders} logs are being read here; try again later.`);
    }
    const mine = new AbortController();
    readings.set(session.id, mine);
    try {
      const range = rangeOf(request);
      await writeDown(context, session, record, range, actor);
      const from = await changedHandsAt(store, node);
      if (from !== undefined && from > (range.since ?? 0)) yield notTheirs(from);
      const since = Math.max(range.since ?? 0, from ?? 0) || undefined;
      using watch = watchRight(context, allowed, AbortSignal.any([signal, mine.signal]));
      try {
        yield* readAnywhere(context, node, record, { ...range, since }, watch.signal);
      } catch (error) {
        throw watch.lost() ?? error;
      }
    } catch (error) {
      throw forGuests(error);
    } finally {
      if (readings.get(session.id) === mine) readings.delete(session.id);
    }
  };
}

/** @throws MeshError SESSION_NOT_FOUND for one that is not carried by this proxy now, CAPABILITY_MISSING for one that shows no line */
async function requireLive(
  reads: Pick<ConductorStore, 'findSession' | 'findNode' | 'consolesOfNode' | 'now'>,
  { sessionId, proxyId }: ReadSessionLogRequest,
): Promise<{ session: Session; node: Node; record: ConsoleRecord }> {
  const session = sessionId.length <= 64 ? await reads.findSession(sessionId) : undefined;
  const isLive = session?.state === 'open' || session?.state === 'opening';
  if (!session || !isLive || session.proxyId !== proxyId) throw new MeshError('SESSION_NOT_FOUND');
  if (session.expiresAt <= (await reads.now())) throw new MeshError('SESSION_EXPIRED');
  if (session.kind !== 'serial') throw new MeshError('CAPABILITY_MISSING', nothing);
  const node = await reads.findNode(session.nodeId);
  const record = node && (await reads.consolesOfNode(node.id)).find(({ id }) => id === session.consoleId);
  if (!node || !record) throw new MeshError('CONSOLE_NOT_FOUND');
  return { session, node, record };
}

function rangeOf({ since, until, limitBytes }: ReadSessionLogRequest): LogRange {
  return {
    since: fromTimestamp(since),
    until: fromTimestamp(until),
    limitBytes: limitBytes === 0n || limitBytes > mostBytes ? mostBytes : limitBytes,
    follow: false,
  };
}

/** Once for each reading, before anything is given out. */
function writeDown(
  { store }: ServiceContext,
  { id: sessionId, subject, role, tokenId, clientAddress }: Session,
  record: ConsoleRecord,
  { since, until }: LogRange,
  actor: string,
): Promise<void> {
  const fields = [
    ...(since === undefined ? [] : [`since=${timeText(since)}`]),
    ...(until === undefined ? [] : [`until=${timeText(until)}`]),
  ];
  const who = { sessionId, subject, role, tokenId, clientAddress };
  const entry = { kind: 'console.log-read' as const, ...consoleParts(record), ...who, fields };
  return store.write((unit) => unit.audit(entry), actor);
}

/** Where there is no log, that is said as it is; of all else only what the reason means. */
function forGuests(error: unknown): unknown {
  if (!(error instanceof MeshError) || error.reason !== 'CAPABILITY_MISSING') return reducedError(error);
  return new MeshError('CAPABILITY_MISSING', nothing, { cause: error });
}
