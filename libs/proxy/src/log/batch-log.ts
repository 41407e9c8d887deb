import type { ReadSessionLogResponse } from '@consolemesh/contracts/conductor';
import { type ConsoleLogEvent, ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { fromTimestamp } from '@consolemesh/mesh';
import type { LogMark, LogPiece } from './log-talk.ts';

/** How much of a log one message and one reading hold. */
export interface BatchLimits {
  /** Bytes of the JSON of a message's pieces; below `largestControlMessage`, which every client takes. */
  readonly message: number;
  /** Bytes of the line in a reading. */
  readonly bytes: number;
  /** Pieces in a reading. */
  readonly pieces: number;
}

/** Bytes of the line that come so soon after each other are one piece, ms: nobody sees the difference. */
const togetherMs = 20;
/** Around the data of a piece: its names, its time. */
const pieceOverhead = 64;

/** Cuts a log into messages; the returned value says whether it ended by itself or because there is more than a reading gives. */
export async function* batchLog(
  log: AsyncIterable<ReadSessionLogResponse>,
  limits: BatchLimits,
): AsyncGenerator<LogPiece[], 'end' | 'limit'> {
  let batch: LogPiece[] = [];
  let size = 0;
  let parts: Buffer[] = [];
  let partsAt = 0;
  const left = { bytes: limits.bytes, pieces: limits.pieces };
  /** At most so many bytes of the line are one piece: as base64 they are a third more. */
  const longest = Math.floor((limits.message - pieceOverhead) / 4) * 3;

  const close = () => {
    if (parts.length === 0) return;
    batch.push({ at: partsAt, data: Buffer.concat(parts).toString('base64') });
    parts = [];
  };
  const take = () => {
    close();
    const full = batch;
    [batch, size] = [[], 0];
    return full;
  };

  for await (const { at: time, data, event } of log) {
    const at = fromTimestamp(time) ?? partsAt;
    const mark = event && markOf(event);
    if (left.pieces <= 0 || data.length > left.bytes) {
      if (batch.length > 0 || parts.length > 0) yield take();
      return 'limit';
    }
    if (mark) {
      close();
      const piece = { at, ...mark };
      const cost = Buffer.byteLength(JSON.stringify(piece)) + 1;
      if (size + cost > limits.message && batch.length > 0) yield take();
      batch.push(piece);
      [size, left.pieces] = [size + cost, left.pieces - 1];
    }
    left.bytes -= data.length;
    for (let from = 0; from < data.length; ) {
      if (parts.length > 0 && (at - partsAt >= togetherMs || at < partsAt)) close();
      const room = Math.floor((limits.message - size - (parts.length > 0 ? 0 : pieceOverhead)) / 4) * 3;
      const piece = data.subarray(from, from + Math.min(longest, room));
      if (piece.length === 0) {
        yield take();
        continue;
      }
      if (parts.length === 0) {
        // What was cut keeps its time, so that whoever reads on from the time of the last piece misses and doubles nothing.
        if (from === 0) partsAt = at;
        [size, left.pieces] = [size + pieceOverhead, left.pieces - 1];
      }
      parts.push(piece);
      // Three bytes are four letters, and what remains of three as well.
      size += Math.ceil(piece.length / 3) * 4;
      from += piece.length;
    }
  }
  if (batch.length > 0 || parts.length > 0) yield take();
  return 'end';
}

/** Longest sentence that is passed on, characters. */
const longestSentence = 500;

/** An event as clients are told; undefined for a kind that this version does not know. */
function markOf(event: ConsoleLogEvent): LogMark | undefined {
  const named = names[event.kind];
  if (!named) return undefined;
  const { columns, rows, reason, message, bytes } = event;
  return {
    event: named,
    ...(columns > 0 && rows > 0 ? { columns, rows } : {}),
    ...(reason ? { reason: reason.slice(0, longestSentence) } : {}),
    ...(message ? { message: message.slice(0, longestSentence) } : {}),
    ...(bytes > 0n ? { bytes: Number(bytes) } : {}),
  };
}

const names: Readonly<Partial<Record<ConsoleLogEventKind, LogMark['event']>>> = {
  [ConsoleLogEventKind.STARTED]: 'started',
  [ConsoleLogEventKind.STOPPED]: 'stopped',
  [ConsoleLogEventKind.LOST]: 'lost',
  [ConsoleLogEventKind.RESTORED]: 'restored',
  [ConsoleLogEventKind.RESIZED]: 'resized',
  [ConsoleLogEventKind.BREAK]: 'break',
  [ConsoleLogEventKind.GAP]: 'gap',
  [ConsoleLogEventKind.MISSING]: 'missing',
};
