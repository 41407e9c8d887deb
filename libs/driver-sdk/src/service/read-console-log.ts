import type { ReadConsoleLogRequest, ReadConsoleLogResponse } from '@consolemesh/contracts/driver';
import { ConsoleLogEventKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { fromTimestamp, toTimestamp } from '@consolemesh/mesh';
import type { ConsoleCall, Driver } from '../driver.ts';
import type { ConsoleLogs } from '../record/open-console-logs.ts';
import type { LogEvent, LogPiece } from '../record/read-log.ts';

/** Bytes of the log in one message. */
const maxPiece = 64 * 1024;

type Context = ReadConsoleLogRequest['context'];
type Piece = Omit<ReadConsoleLogResponse, 'at'> & { at: ReturnType<typeof toTimestamp> };

/** The log of a serial console: what was recorded here, whoever holds the console now, or else what the driver itself has. */
export async function* readConsoleLog(
  parts: {
    readonly driver: Driver;
    readonly logs?: ConsoleLogs | undefined;
    /** What a call is about, when it is a serial console; and when this instance answers for it, too. */
    readonly ofSerial: (context: Context) => ConsoleCall;
    readonly held: (context: Context) => ConsoleCall;
  },
  request: ReadConsoleLogRequest,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const until = fromTimestamp(request.until) ?? Number.POSITIVE_INFINITY;
  let left = request.limitBytes === 0n ? Number.POSITIVE_INFINITY : Number(request.limitBytes);
  for await (const piece of await sourceOf(parts, request, signal)) {
    if (piece.at >= until) return;
    const at = toTimestamp(piece.at);
    if ('event' in piece) {
      yield { at, data: Buffer.alloc(0), event: eventToWire(piece.event) };
      continue;
    }
    const data = piece.data.subarray(0, Math.min(left, piece.data.length));
    for (let from = 0; from < data.length; from += maxPiece) {
      yield { at, data: data.subarray(from, from + maxPiece), event: undefined };
    }
    left -= data.length;
    if (left <= 0) return;
  }
  signal.throwIfAborted();
}

async function sourceOf(
  { driver, logs, ofSerial, held }: Parameters<typeof readConsoleLog>[0],
  request: ReadConsoleLogRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<LogPiece>> {
  if (!driver.readLog && !logs) throw new MeshError('CAPABILITY_MISSING', 'This driver records nothing.');
  const { consoleId } = ofSerial(request.context);
  const range = { since: fromTimestamp(request.since), until: fromTimestamp(request.until) };
  const { follow } = request;
  if (await logs?.has(consoleId)) return logs!.read(consoleId, { ...range, follow }, signal);
  const call = held(request.context);
  if (driver.readLog) return driver.readLog(call, { since: range.since, follow }, signal);
  throw new MeshError(
    'CAPABILITY_MISSING',
    'Nothing of this console was recorded: set driver_info.console_log to true.',
  );
}

function eventToWire(event: LogEvent) {
  const wire = {
    kind: kinds[event.kind],
    columns: 0,
    rows: 0,
    reason: '',
    message: '',
    bytes: 0n,
    generation: 0n,
  };
  switch (event.kind) {
    case 'started': {
      const { columns, rows, generation } = event;
      return { ...wire, columns, rows, generation };
    }
    case 'resized':
      return { ...wire, columns: event.columns, rows: event.rows };
    case 'lost':
      return { ...wire, reason: event.reason };
    case 'gap':
      return { ...wire, bytes: BigInt(event.bytes), message: gapMessage(event.why) };
    case 'missing':
      return { ...wire, message: event.message };
    default:
      return wire;
  }
}

const kinds: Readonly<Record<LogEvent['kind'], ConsoleLogEventKind>> = {
  started: ConsoleLogEventKind.STARTED,
  stopped: ConsoleLogEventKind.STOPPED,
  lost: ConsoleLogEventKind.LOST,
  restored: ConsoleLogEventKind.RESTORED,
  resized: ConsoleLogEventKind.RESIZED,
  break: ConsoleLogEventKind.BREAK,
  gap: ConsoleLogEventKind.GAP,
  missing: ConsoleLogEventKind.MISSING,
};

/** Why something could not be written, in words. */
function gapMessage(why: string): string {
  if (why === 'ENOSPC' || why === 'EDQUOT') return 'The disk of the log was full.';
  if (why === 'EBUSY') return 'The disk of the log was too slow.';
  return why === '' ? 'The log could not be written.' : `The log could not be written (${why}).`;
}
