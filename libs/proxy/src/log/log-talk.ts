import type { Reason } from '@consolemesh/errors';

/** What a client of a serial console wants of the log of its line. `reading` is a number of the client's own, which the answers name. */
export type LogWish =
  | ({ readonly type: 'log'; readonly action: 'read'; readonly reading: number } & LogSpan)
  | { readonly type: 'log'; readonly action: 'more' | 'stop'; readonly reading: number };

/** A part of a log, ms since the epoch; absent = from the oldest, up to the newest. */
export interface LogSpan {
  readonly since?: number;
  /** Not included. */
  readonly until?: number;
}

/** Something of a log. */
export type LogPiece =
  /** What the line said, base64. */
  { readonly at: number; readonly data: string } | ({ readonly at: number } & LogMark);

/** What happened on the recorded line; what does not apply is left out. */
export interface LogMark {
  readonly event: 'started' | 'stopped' | 'lost' | 'restored' | 'resized' | 'break' | 'gap' | 'missing';
  readonly columns?: number;
  readonly rows?: number;
  readonly reason?: string;
  readonly message?: string;
  /** Bytes that are not there. */
  readonly bytes?: number;
}

/** What a client is told of the log. */
export type LogMessage =
  | {
      readonly type: 'log';
      readonly reading: number;
      readonly pieces: readonly LogPiece[];
      /** Nothing more comes before the client says `more`. */
      readonly wait: boolean;
    }
  | {
      readonly type: 'log';
      readonly reading: number;
      /** The end of what was asked for, the most that one reading gives, or a failure. */
      readonly over: 'end' | 'limit' | 'failed';
      /** Of a failure: reason of the error table and words for a person. */
      readonly reason: Reason | null;
      readonly message: string | null;
    };

/** The latest time that a Date can hold, ms. */
const latest = 8.64e15;

/** Reads what a client wants of the log from the fields of a message; `malformed` when it is damaged. */
export function readLogWish({
  action,
  reading,
  since,
  until,
}: Readonly<Record<string, unknown>>): LogWish | 'malformed' {
  if (!isCount(reading, 2 ** 31)) return 'malformed';
  if (action === 'more' || action === 'stop') return { type: 'log', action, reading };
  if (action !== 'read') return 'malformed';
  const span: { since?: number; until?: number } = {};
  for (const [name, value] of [
    ['since', since],
    ['until', until],
  ] as const) {
    if (value === undefined || value === null) continue;
    if (!isCount(value, latest)) return 'malformed';
    span[name] = value;
  }
  return { type: 'log', action, reading, ...span };
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
