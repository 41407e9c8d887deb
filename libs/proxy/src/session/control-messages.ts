import type { Reason } from '@consolemesh/errors';
import type { Credential } from '../admission/admit.ts';
import {
  type ConsoleEvent,
  type ConsoleWish,
  readConsoleWish,
  readSize,
  type TerminalSize,
  type Viewer,
} from './console-talk.ts';

/** Name of the sub-protocol between page and proxy. */
export const subProtocol = 'consolemesh.v1';

/** Largest control message, bytes. */
export const largestControlMessage = 16 * 1024;

/** What a page says. */
export type ClientMessage =
  | {
      readonly type: 'open';
      readonly credential: Credential;
      readonly takeOver: boolean;
      /** Of the client's terminal; serial consoles only. */
      readonly size: TerminalSize | undefined;
    }
  | { readonly type: 'take-over' }
  | { readonly type: 'retry' }
  | ConsoleWish;

/** The console is open. */
export interface OpenedMessage {
  readonly type: 'opened';
  readonly session: string;
  readonly node: string;
  readonly kind: 'graphical' | 'serial';
  readonly role: 'control' | 'view';
  readonly subject: string;
  readonly resume: string;
  readonly expiresAt: string | null;
  readonly idleTimeoutMs: number | null;
  readonly unverifiedTls: boolean;
  /** Serial consoles only. */
  readonly size?: TerminalSize | null;
  readonly viewers?: readonly Viewer[];
}

/** What a proxy says. */
export type ServerMessage =
  | OpenedMessage
  | {
      readonly type: 'in-use';
      readonly subject: string;
      readonly since: string | null;
      readonly mayTakeOver: boolean;
      readonly resume: string;
    }
  | { readonly type: 'resume'; readonly resume: string }
  | ConsoleEvent
  | { readonly type: 'notice'; readonly reason: Reason; readonly message: string }
  | {
      readonly type: 'closing';
      readonly reason: Reason;
      readonly message: string;
      readonly canResume: boolean;
      readonly retryAfterMs: number | null;
    };

/** Reads what a page says; `unknown` for a type that this version does not know, undefined for what is no message at all. */
export function parseClientMessage(text: string): ClientMessage | 'unknown' | undefined {
  const fields = parseObject(text);
  if (typeof fields?.type !== 'string') return undefined;
  if (fields.type === 'take-over' || fields.type === 'retry') return { type: fields.type };
  if (fields.type !== 'open') {
    const wish = readConsoleWish(fields) ?? 'unknown';
    return wish === 'malformed' ? undefined : wish;
  }
  const { token, resume, takeOver, size } = fields;
  const one = (typeof token === 'string') !== (typeof resume === 'string');
  if (!one) return undefined;
  const credential = typeof token === 'string' ? { token } : { resume: resume as string };
  return { type: 'open', credential, takeOver: takeOver === true, size: readSize(size) };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
