import type { Reason } from '@consolemesh/errors';
import { type LogMessage, type LogWish, readLogWish } from '../log/log-talk.ts';

/** A terminal's size, characters; 1 to 1000 each. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Somebody at a serial console. */
export interface Viewer {
  readonly session: string;
  readonly subject: string;
  readonly role: 'control' | 'view';
  /** Whether they write at present. */
  readonly pen: boolean;
}

/** What a client of a serial console wants beside its bytes. */
export type ConsoleControl =
  | ({ readonly type: 'resize' } & TerminalSize)
  | { readonly type: 'break' }
  | { readonly type: 'pen'; readonly action: 'ask' | 'take' }
  | { readonly type: 'pen'; readonly action: 'give'; readonly session: string };

/** What a client of a serial console wants: of the line, or of its log. */
export type ConsoleWish = ConsoleControl | LogWish;

/** What a serial console tells its clients beside its bytes. */
export type ConsoleEvent =
  | { readonly type: 'joined'; readonly viewer: Viewer }
  | { readonly type: 'left'; readonly session: string }
  | {
      readonly type: 'pen';
      /** Session that writes from now on; null when nobody does. */
      readonly holder: string | null;
      /** claimed: nobody held it; released: its holder left, and whoever had asked has it. */
      readonly change: 'asked' | 'given' | 'taken' | 'claimed' | 'released';
      /** Session that asked, gave, took, claimed or left; null when it is not known. */
      readonly by: string | null;
    }
  | ({ readonly type: 'resized' } & TerminalSize)
  | {
      readonly type: 'upstream';
      readonly state: 'lost' | 'restored';
      /** Reason of the error table and words for a person; null when it is restored. */
      readonly reason: Reason | null;
      readonly message: string | null;
    }
  | LogMessage;

/** Who is there and how large the line is, when a serial console has been reached. */
export interface ConsoleScene {
  /** Null where the line has no size of its own. */
  readonly size: TerminalSize | null;
  readonly viewers: readonly Viewer[];
}

/** Longest session id that is passed on, characters. */
const longestSession = 200;

/** Reads what a client wants from the fields of a message; undefined when it is none of ours, `malformed` when it is damaged. */
export function readConsoleWish(
  fields: Readonly<Record<string, unknown>>,
): ConsoleWish | 'malformed' | undefined {
  switch (fields.type) {
    case 'break':
      return { type: 'break' };
    case 'resize': {
      const size = readSize(fields);
      return size ? { type: 'resize', ...size } : 'malformed';
    }
    case 'pen': {
      const { action, session } = fields;
      if (action === 'ask' || action === 'take') return { type: 'pen', action };
      const known = typeof session === 'string' && session !== '' && session.length <= longestSession;
      return action === 'give' && known ? { type: 'pen', action, session } : 'malformed';
    }
    case 'log':
      return readLogWish(fields);
    default:
      return undefined;
  }
}

/** Whether a message is a wish of a client of a serial console. */
export function isConsoleWish(message: { readonly type: string }): message is ConsoleWish {
  return ['resize', 'break', 'pen', 'log'].includes(message.type);
}

/** A size whose sides are whole numbers from 1 to 1000. */
export function readSize(value: unknown): TerminalSize | undefined {
  const { columns, rows } = Object(value) as Record<string, unknown>;
  return isSide(columns) && isSide(rows) ? { columns, rows } : undefined;
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1000;
}
