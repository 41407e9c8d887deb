import type { LogSpan, LogWish } from '../log/log-talk.ts';

export type { LogSpan, LogWish };

/** What the line said, or what happened to it, at a time (ms since the epoch). */
export type LogPiece =
  | { readonly at: number; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly at: number; readonly mark: LogMark };

/** Something that happened. */
export interface LogMark {
  /** `started`, `stopped`, `lost`, `restored`, `resized`, `break`, `gap`, `missing`; others may come. */
  readonly event: string;
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** Bytes that are not there. */
  readonly bytes: number | undefined;
}

/** What the proxy tells of the log. */
export type LogMessage =
  | {
      readonly type: 'log';
      readonly reading: number;
      readonly pieces: readonly LogPiece[];
      /** Nothing more comes before `more`. */
      readonly wait: boolean;
    }
  | {
      readonly type: 'log';
      readonly reading: number;
      /** `limit`: there is more than one reading gives. */
      readonly over: 'end' | 'limit' | 'failed';
      readonly reason: string | undefined;
      readonly message: string | undefined;
    };

/** Reads a message of type `log`; undefined when it is damaged. Pieces that make no sense are left out. */
export function readLogMessage(fields: Readonly<Record<string, unknown>>): LogMessage | undefined {
  const { reading, pieces, over, wait } = fields;
  if (typeof reading !== 'number') return undefined;
  if (Array.isArray(pieces)) {
    return { type: 'log', reading, pieces: pieces.flatMap(readPiece), wait: wait === true };
  }
  if (over !== 'end' && over !== 'limit' && over !== 'failed') return undefined;
  return { type: 'log', reading, over, reason: text(fields.reason), message: text(fields.message) };
}

function readPiece(value: unknown): LogPiece[] {
  const { at, data, event, columns, rows, reason, message, bytes } = Object(value) as Record<string, unknown>;
  if (!isNumber(at)) return [];
  if (typeof data === 'string') return [{ at, data: fromBase64(data) }];
  if (typeof event !== 'string') return [];
  const size = isSide(columns) && isSide(rows) ? { columns, rows } : undefined;
  const mark = { event, size, reason: text(reason), message: text(message) };
  return [{ at, mark: { ...mark, bytes: isNumber(bytes) ? bytes : undefined } }];
}

function fromBase64(data: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1000;
