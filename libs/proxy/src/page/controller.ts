import type { LogMessage } from './log-protocol.ts';
import { openSession, type RawChannel, type Session, type SessionEvent } from './open-session.ts';
import type { Closing, ConsoleEvent, Credential, Opened, TerminalSize } from './protocol.ts';
import { nextDelay } from './reconnect.ts';
import type { Action, State } from './states.ts';
import type { TabTwin } from './tab-twin.ts';
import type { Tickets } from './tickets.ts';
import type { PageUrl } from './url-token.ts';

/** What shows an open console. */
export interface Showing {
  close(): void;
}

/** What whoever shows a console tells. */
export interface ShowingEvents {
  /** There is something to see. */
  connected(): void;
  /** It gave up while the connection was still there. */
  failed(reason: string | undefined): void;
}

/** Shows an open console whose bytes come through `channel`. */
export type StartShowing<S extends Showing> = (
  console: { readonly opened: Opened; readonly channel: RawChannel; readonly node: string },
  tell: ShowingEvents,
) => S;

/** Where the page stands, for everything that shows it. */
export interface Snapshot<S extends Showing> {
  readonly state: State;
  readonly node: string | undefined;
  readonly opened: Opened | undefined;
  readonly screen: S | undefined;
  readonly session: Session | undefined;
}

export interface ControllerParts<S extends Showing> {
  readonly url: PageUrl;
  /** Address of the session endpoint. */
  readonly endpoint: string;
  readonly tickets: Tickets;
  readonly twin: () => TabTwin;
  /** Loads what shows consoles; called once per connection, kept by the browser. */
  readonly load: () => Promise<StartShowing<S>>;
  readonly changed: (now: Snapshot<S>) => void;
  readonly notice: (message: string) => void;
  /** What is shown is about to go; its last moment may be kept. */
  readonly leaving?: (screen: S) => void;
  /** Of the terminal that waits for the console. */
  readonly size?: () => TerminalSize | undefined;
  /** How much of a console may come while what shows it still loads, bytes. */
  readonly mostEarly?: number;
  /** What a serial console tells, of its line or its log. */
  readonly happened?: (event: ConsoleEvent | LogMessage) => void;
}

export interface Controller<S extends Showing> {
  start(): Promise<void>;
  act(action: Action): void;
  disconnect(): void;
  /** A copy of this tab continues. */
  giveUp(): void;
  /** The network is back: do not wait for the clock. */
  tryNow(): void;
  readonly now: Snapshot<S>;
}

/** A connection that lived this long starts the count of attempts anew, milliseconds. */
const stableAfterMs = 10_000;

/** Answers that say the ticket, not the access, has gone; a token still in memory may help. */
const deadTicket = new Set(['RESUME_INVALID', 'TICKET_INVALID', 'SESSION_NOT_FOUND']);
/** Answers after which neither ticket nor token can help. */
const deadAccess = new Set([
  'TOKEN_EXPIRED',
  'TOKEN_INVALID',
  'TOKEN_REVOKED',
  'TOKEN_USED',
  'TOKEN_WRONG_KIND',
  'SESSION_EXPIRED',
  'STALE_GENERATION',
]);

/** The page's one state machine: from a token or a ticket to a console, and back again when the way breaks. */
export function createController<S extends Showing>(parts: ControllerParts<S>): Controller<S> {
  const { url, tickets } = parts;
  let token = url.token;
  /** A ticket that must not survive a reload any more but may still be tried. */
  let spareTicket: string | undefined;
  let now: Snapshot<S> = {
    state: { kind: 'connecting' },
    node: url.node ?? (url.token ? undefined : tickets.node()),
    opened: undefined,
    screen: undefined,
    session: undefined,
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lostAt: number | undefined;
  let connectedAt = 0;
  let failures = 0;
  /** The console has opened since a person last asked for it. */
  let wasOpen = false;

  function become(state: State, more: Partial<Snapshot<S>> = {}): void {
    clearTimeout(timer);
    now = { ...now, ...more, state };
    parts.changed(now);
  }

  function credential(): Credential | undefined {
    const ticket = tickets.get() ?? spareTicket;
    if (ticket) return { resume: ticket };
    return token ? { token } : undefined;
  }

  /** Forgets the running session and its screen without a word to anybody. */
  function drop(): void {
    const { session, screen } = now;
    now = { ...now, session: undefined, screen: undefined, opened: undefined };
    if (screen) parts.leaving?.(screen);
    screen?.close();
    session?.close();
  }

  function end(reason: string, message?: string): void {
    drop();
    lostAt = undefined;
    failures = 0;
    become({ kind: 'ended', reason, message, wasOpen, hasCredential: credential() !== undefined });
    wasOpen = false;
  }

  function connect({ takeOver = false, quietly = false } = {}): void {
    drop();
    const using = credential();
    if (!using) {
      end('RESUME_INVALID');
      return;
    }
    if (!quietly) become({ kind: 'connecting' });
    const session: Session = openSession(
      {
        ...{ url: parts.endpoint, credential: using, takeOver },
        ...{ size: parts.size?.(), mostEarly: parts.mostEarly },
      },
      (event) => session === now.session && hear(event, using),
    );
    now = { ...now, session };
  }

  function hear(event: SessionEvent, using: Credential): void {
    switch (event.type) {
      case 'opened':
        return void show(event);
      case 'in-use':
        keepTicket(event.resume);
        lostAt = undefined;
        become({ ...event, kind: 'in-use' });
        return;
      case 'resume':
        keepTicket(event.resume);
        return;
      case 'notice':
        parts.notice(event.message);
        return;
      case 'closing':
        closed(event, using);
        return;
      case 'lost':
        lost('The connection to the console service broke.', null);
        return;
      default:
        parts.happened?.(event);
    }
  }

  function keepTicket(ticket: string | undefined): void {
    spareTicket = undefined;
    if (ticket) tickets.set(ticket);
    else tickets.clear();
  }

  async function show(event: Extract<SessionEvent, { type: 'opened' }>): Promise<void> {
    const { channel, ...opened } = event;
    const { session } = now;
    wasOpen = true;
    keepTicket(opened.resume);
    const node = opened.node || now.node || 'server';
    tickets.setNode(node);
    now = { ...now, opened, node };
    const start = await parts.load();
    if (session !== now.session) return;
    const screen: S = start(
      { opened, channel, node },
      {
        connected: () => {
          connectedAt = performance.now();
          become({ kind: 'connected' });
        },
        failed: (reason) => screen === now.screen && end('PICTURE_FAILED', reason),
      },
    );
    become(now.state, { screen });
  }

  function closed(event: Closing, using: Credential): void {
    if (event.canResume) {
      lost(event.message || 'The console service asked this page to reconnect.', event.retryAfterMs);
      return;
    }
    if (deadTicket.has(event.reason) && 'resume' in using) {
      tickets.clear();
      spareTicket = undefined;
      if (token) {
        connect();
        return;
      }
    }
    if (deadAccess.has(event.reason)) {
      tickets.clear();
      spareTicket = undefined;
      token = undefined;
    }
    end(event.reason, event.message);
  }

  function lost(message: string, retryAfterMs: number | null): void {
    // Whoever waits for a place goes on reading; the answer opens a new connection.
    if (now.state.kind === 'in-use') {
      drop();
      return;
    }
    if (url.options.reconnect === false || !credential()) {
      end('CONNECTION_LOST', message);
      return;
    }
    const time = performance.now();
    if (lostAt === undefined || (connectedAt > lostAt && time - connectedAt > stableAfterMs)) {
      lostAt = time;
      failures = 0;
    }
    const delay = nextDelay({ failures, elapsedMs: time - lostAt, retryAfterMs });
    drop();
    if (delay === undefined) {
      end('CONNECTION_LOST');
      return;
    }
    failures += 1;
    become({ kind: 'resuming', message, until: Date.now() + delay });
    timer = setTimeout(() => connect({ quietly: true }), delay);
  }

  function answerInUse(takeOver: boolean): void {
    const { session } = now;
    if (!session) {
      connect({ takeOver });
      return;
    }
    become({ kind: 'connecting' });
    if (takeOver) session.takeOver();
    else session.retry();
  }

  async function moveHere(): Promise<void> {
    become({ kind: 'connecting' });
    await parts.twin().takeFromTwin();
    connect();
  }

  function disconnect(): void {
    // A reload must not come back by itself, but the button may try.
    spareTicket = tickets.get();
    tickets.clear();
    end('DISCONNECTED');
  }

  const actions: Record<Action, () => void> = {
    connect: () => connect(),
    'take-over': () => answerInUse(true),
    'try-again': () => answerInUse(false),
    reconnect: () => connect(),
    'reconnect-now': () => connect({ quietly: true }),
    stop: () =>
      end(
        'DISCONNECTED',
        now.state.kind === 'connecting' ? 'You stopped connecting.' : 'You stopped reconnecting.',
      ),
    'move-here': () => void moveHere(),
  };
  return {
    get now() {
      return now;
    },
    async start() {
      if (token) {
        tickets.clear();
        return url.options.autoconnect === false ? become({ kind: 'ready' }) : connect();
      }
      if (!tickets.get()) return become({ kind: 'no-token' }, { node: undefined });
      become({ kind: 'connecting' });
      if (await parts.twin().exists()) return become({ kind: 'duplicate' });
      connect();
    },
    act: (action) => actions[action](),
    disconnect,
    giveUp: () => {
      tickets.clear();
      end('MOVED');
    },
    tryNow: () => now.state.kind === 'resuming' && connect({ quietly: true }),
  };
}
