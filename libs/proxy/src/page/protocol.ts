import { type LogMessage, type LogWish, readLogMessage } from './log-protocol.ts';

/** The control messages of the sub-protocol `consolemesh.v1`, as text frames of JSON; binary frames are the console's bytes. */
export const subProtocol = 'consolemesh.v1';

/** Largest control message either side accepts, bytes. */
export const largestControlMessage = 16 * 1024;

/** What lets a client in: the link's token, or the ticket that the last answer held. */
export type Credential = { readonly token: string } | { readonly resume: string };

/** A terminal's size, characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Somebody at a serial console. */
export interface Viewer {
  readonly session: string;
  readonly subject: string;
  readonly role: 'control' | 'view';
  readonly pen: boolean;
}

/** First frame of the client, its answers while the console is in use, and what it wants of a serial console. */
export type ClientMessage =
  | ({ readonly type: 'open'; readonly takeOver?: true; readonly size?: TerminalSize } & Credential)
  | { readonly type: 'take-over' }
  | { readonly type: 'retry' }
  | ConsoleControl
  | LogWish;

/** What the client wants of a serial console that is open. */
export type ConsoleControl =
  | ({ readonly type: 'resize' } & TerminalSize)
  | { readonly type: 'break' }
  | { readonly type: 'pen'; readonly action: 'ask' | 'take' }
  | { readonly type: 'pen'; readonly action: 'give'; readonly session: string };

/** The console is open; binary frames are its bytes from now on. */
export interface Opened {
  readonly type: 'opened';
  readonly session: string;
  readonly node: string;
  readonly role: 'control' | 'view';
  readonly subject: string;
  readonly resume: string | undefined;
  /** When the session ends at the latest, ISO 8601. */
  readonly expiresAt: string | undefined;
  /** Ends after this long without input, milliseconds; null = never. */
  readonly idleTimeoutMs: number | null;
  /** The path to the machine is encrypted but its certificate was not checked. */
  readonly unverifiedTls: boolean;
  /** Of a serial line; undefined where it has none of its own. */
  readonly size: TerminalSize | undefined;
  /** Everybody at a serial console. */
  readonly viewers: readonly Viewer[];
}

/** Every place of the console is taken. */
export interface InUse {
  readonly type: 'in-use';
  readonly subject: string;
  readonly since: string | undefined;
  readonly mayTakeOver: boolean;
  readonly resume: string | undefined;
}

/** The session is about to end, and why. */
export interface Closing {
  readonly type: 'closing';
  /** A reason of the error table. */
  readonly reason: string;
  /** The server's words for a person; undefined = use our own. */
  readonly message: string | undefined;
  readonly canResume: boolean;
  readonly retryAfterMs: number | null;
}

/** Something the operator should know while the session goes on. */
export interface Notice {
  readonly type: 'notice';
  readonly reason: string;
  readonly message: string;
}

/** A newer ticket. */
export interface Resume {
  readonly type: 'resume';
  readonly resume: string;
}

/** What a serial console tells while it is open. */
export type ConsoleEvent =
  | { readonly type: 'joined'; readonly viewer: Viewer }
  | { readonly type: 'left'; readonly session: string }
  | {
      readonly type: 'pen';
      /** Undefined when nobody writes. */
      readonly holder: string | undefined;
      /** `asked`, `given`, `taken`, `claimed`, `released`; others may come. */
      readonly change: string;
      readonly by: string | undefined;
    }
  | ({ readonly type: 'resized' } & TerminalSize)
  | {
      readonly type: 'upstream';
      readonly state: 'lost' | 'restored';
      readonly reason: string | undefined;
      readonly message: string | undefined;
    };

export type ServerMessage = Opened | InUse | Closing | Notice | Resume | ConsoleEvent | LogMessage;

/** Reads a control message; undefined for what this page does not know, which is ignored so that servers may grow. */
export function parseServerMessage(text: string): ServerMessage | undefined {
  if (text.length > largestControlMessage) return undefined;
  const fields = parseObject(text);
  const string = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : undefined);
  const number = (name: string) => (Number.isFinite(fields[name]) ? (fields[name] as number) : null);
  switch (fields.type) {
    case 'opened':
      return {
        type: 'opened',
        session: string('session') ?? '',
        node: string('node') ?? '',
        // An unknown role gets the smaller right; the server enforces the true one in any case.
        role: fields.role === 'control' ? 'control' : 'view',
        subject: string('subject') ?? '',
        resume: string('resume'),
        expiresAt: string('expiresAt'),
        idleTimeoutMs: number('idleTimeoutMs'),
        unverifiedTls: fields.unverifiedTls === true,
        size: readSize(fields.size),
        viewers: Array.isArray(fields.viewers) ? fields.viewers.map(readViewer) : [],
      };
    case 'in-use':
      return {
        type: 'in-use',
        subject: string('subject') ?? '',
        since: string('since'),
        mayTakeOver: fields.mayTakeOver === true,
        resume: string('resume'),
      };
    case 'closing':
      return {
        type: 'closing',
        reason: string('reason') ?? 'INTERNAL',
        message: string('message'),
        canResume: fields.canResume === true,
        retryAfterMs: number('retryAfterMs'),
      };
    case 'notice':
      return { type: 'notice', reason: string('reason') ?? '', message: string('message') ?? '' };
    case 'resume': {
      const resume = string('resume');
      return resume ? { type: 'resume', resume } : undefined;
    }
    case 'log':
      return readLogMessage(fields);
    default:
      return readConsoleEvent(fields, string);
  }
}

function readConsoleEvent(
  fields: Record<string, unknown>,
  string: (name: string) => string | undefined,
): ConsoleEvent | undefined {
  switch (fields.type) {
    case 'joined':
      return { type: 'joined', viewer: readViewer(fields.viewer) };
    case 'left':
      return { type: 'left', session: string('session') ?? '' };
    case 'pen':
      return { type: 'pen', holder: string('holder'), change: string('change') ?? '', by: string('by') };
    case 'resized': {
      const size = readSize(fields);
      return size && { type: 'resized', ...size };
    }
    case 'upstream': {
      const state = fields.state === 'lost' ? 'lost' : 'restored';
      return { type: 'upstream', state, reason: string('reason'), message: string('message') };
    }
    default:
      return undefined;
  }
}

function readViewer(value: unknown): Viewer {
  const { session, subject, role, pen } = Object(value) as Record<string, unknown>;
  return {
    session: String(session ?? ''),
    subject: String(subject ?? ''),
    role: role === 'control' ? 'control' : 'view',
    pen: pen === true,
  };
}

function readSize(value: unknown): TerminalSize | undefined {
  const { columns, rows } = Object(value) as Record<string, unknown>;
  const side = (one: unknown): one is number =>
    Number.isInteger(one) && (one as number) >= 1 && (one as number) <= 1000;
  return side(columns) && side(rows) ? { columns, rows } : undefined;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
