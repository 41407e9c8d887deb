import type {
  AttachOpen,
  AttachRequest,
  AttachResponse,
  StreamServiceImplementation,
} from '@consolemesh/contracts/stream';
import { Role } from '@consolemesh/contracts/types';
import { MeshError, type Reason } from '@consolemesh/errors';
import { claimedConsole, type Logger, type VerifiedTicket } from '@consolemesh/mesh';
import type { StreamCall } from '../driver.ts';
import type { Hub } from '../hub/hub.ts';
import { viewerOf } from '../hub/viewer/viewer-of.ts';
import { roles } from '../words.ts';
import { hubSession } from './hub-session.ts';
import { type RelaySession, relaySession } from './relay-session.ts';
import type { RelayedConsole } from './relayed-console.ts';
import { createTicketCheck, type TicketCheck } from './ticket-check.ts';

/** The streams of all consoles of this instance: stream.v1. */
export interface RelayDoor {
  readonly implementation: StreamServiceImplementation;
  /** Opens a console to clients. Replaces an older incarnation, whose clients have to be ended first. */
  admit(console: RelayedConsole): void;
  /** Takes a console away and ends its clients with this reason; resolves when their upstreams are closed. */
  dismiss(consoleId: string, reason: Reason, message?: string): Promise<void>;
  /** The line that a console's clients share, where they do. */
  hub(consoleId: string): Hub | undefined;
  /** All such lines. */
  readonly hubs: readonly Hub[];
  /** Clients attached to a console. */
  sessions(consoleId: string): number;
  /** Ends every client with DRAINING and admits no more. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long a client may take to say who it is, ms. */
const openTimeoutMs = 10_000;

interface Place {
  readonly console: RelayedConsole;
  readonly hub: Hub | undefined;
  readonly tickets: TicketCheck;
  /** By session id; those that are not connected yet count as well. */
  readonly sessions: Map<string, RelaySession>;
  /** Those that have been told that the stream stands. */
  readonly present: Set<RelaySession>;
}

/** A door behind which nothing stands yet. */
export function createRelayDoor(options: {
  logger: Logger;
  now?: () => number;
  /** Told whenever a client of a console came or left. */
  onSessions?: (consoleId: string) => void;
}): RelayDoor {
  const { logger, now = Date.now, onSessions = () => {} } = options;
  const places = new Map<string, Place>();
  let draining = false;

  /** The console that a ticket is for, if this instance holds it. */
  function placeFor(ticket: Uint8Array): Place {
    const claim = claimedConsole(ticket);
    if (!claim) throw new MeshError('TICKET_INVALID');
    const place = places.get(claim.consoleId);
    if (!place || claim.generation > place.console.generation) throw new MeshError('NOT_HELD');
    if (claim.generation < place.console.generation) throw new MeshError('STALE_GENERATION');
    return place;
  }

  function announce(place: Place, event: Parameters<RelaySession['notify']>[0]): void {
    for (const session of place.present) session.notify(event);
  }

  /** Takes a place for a client. The same session attaching again is a client that came back: its older stream makes room. */
  async function take(place: Place, client: StreamCall): Promise<RelaySession> {
    const older = place.sessions.get(client.sessionId);
    if (older) await older.end('CLIENT_LOST', 'The client has attached again.');
    const { console } = place;
    if (places.get(console.consoleId) !== place) throw new MeshError('NOT_HELD');
    if (place.sessions.has(client.sessionId) || place.sessions.size >= console.maxSessions) {
      throw new MeshError('CONSOLE_IN_USE', `The console bears ${console.maxSessions} clients at once.`);
    }
    const session = 'hub' in console ? hubSession(console, client) : relaySession(console, client, logger);
    place.sessions.set(client.sessionId, session);
    onSessions(console.consoleId);
    void session.ended.then(() => {
      place.sessions.delete(client.sessionId);
      if (place.present.delete(session)) {
        announce(place, { $case: 'left', value: { sessionId: client.sessionId } });
      }
      onSessions(console.consoleId);
    });
    return session;
  }

  async function* attach(
    requests: AsyncIterable<AttachRequest>,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<AttachResponse> {
    const frames = requests[Symbol.asyncIterator]();
    const open = await firstFrame(frames, signal);
    if (draining) throw new MeshError('DRAINING');
    const place = placeFor(open.ticket);
    const client = clientOf(place.tickets.admit(open.ticket), open);
    const session = await take(place, client);
    try {
      await session.connect(signal);
      // It may have been ended in that very turn; what it has to say is said by `run`.
      if (place.sessions.get(client.sessionId) === session) {
        announce(place, { $case: 'joined', value: { viewer: viewerOf(session) } });
        place.present.add(session);
      }
      yield* session.run(frames, [...place.present].map(viewerOf), signal);
    } finally {
      await session.end('CLIENT_LOST');
    }
  }

  return {
    implementation: { attach },
    admit(console) {
      places.set(console.consoleId, {
        console,
        hub: 'hub' in console ? console.hub : undefined,
        tickets: createTicketCheck(console, now),
        sessions: new Map(),
        present: new Set(),
      });
    },
    async dismiss(consoleId, reason, message) {
      const place = places.get(consoleId);
      places.delete(consoleId);
      await Promise.all([...(place?.sessions.values() ?? [])].map((session) => session.end(reason, message)));
      await place?.hub?.[Symbol.asyncDispose]();
    },
    hub: (consoleId) => places.get(consoleId)?.hub,
    get hubs() {
      return [...places.values()].flatMap(({ hub }) => hub ?? []);
    },
    sessions: (consoleId) => places.get(consoleId)?.sessions.size ?? 0,
    async [Symbol.asyncDispose]() {
      draining = true;
      const open = [...places.values()].flatMap((place) => [...place.sessions.values()]);
      await Promise.all(open.map((session) => session.end('DRAINING')));
      await Promise.all([...places.values()].map(({ hub }) => hub?.[Symbol.asyncDispose]()));
    },
  };
}

function clientOf(ticket: VerifiedTicket, open: AttachOpen): StreamCall {
  const asked = open.role === Role.UNSPECIFIED ? ticket.role : roles.require(open.role, 'open.role');
  if (asked === 'control' && ticket.role === 'view') {
    throw new MeshError('PERMISSION_DENIED', 'The ticket is for looking only.');
  }
  return {
    sessionId: ticket.sessionId,
    subject: ticket.subject,
    role: asked,
    ...(open.size ? { size: open.size } : {}),
  };
}

async function firstFrame(frames: AsyncIterator<AttachRequest>, signal: AbortSignal): Promise<AttachOpen> {
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MeshError('HANDSHAKE_TIMEOUT')), openTimeoutMs);
    stop = () => reject(new MeshError('CANCELLED'));
    signal.addEventListener('abort', stop, { once: true });
  });
  const next = frames.next();
  next.catch(() => {});
  try {
    const { done, value } = await Promise.race([next, tooLate]);
    if (done || value.frame?.$case !== 'open') {
      throw new MeshError('PROTOCOL_VIOLATION', 'The first frame of a stream has to be `open`.');
    }
    return value.frame.value;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
