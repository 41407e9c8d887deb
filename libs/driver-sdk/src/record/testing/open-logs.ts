import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@consolemesh/mesh';
import type { Clock } from '../../hub/clock.ts';
import { type ConsoleLogOptions, type ConsoleLogs, openConsoleLogs } from '../open-console-logs.ts';
import type { LogPiece, LogRange } from '../read-log.ts';

/** A folder for one test. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'consolemesh-log-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Console logs in a folder, with readers that gather. */
export async function openLogs(
  folder: string,
  options: Partial<ConsoleLogOptions> = {},
  clock?: Clock,
  logger: Logger = silentLogger,
) {
  const logs = await openConsoleLogs({ folder, ...options }, logger, clock);
  return { logs, read: (range: Partial<LogRange> = {}) => readAll(logs, range) };
}

/** Everything that is recorded of console `c`. */
export async function readAll(logs: ConsoleLogs, range: Partial<LogRange> = {}) {
  const pieces: LogPiece[] = [];
  const signal = AbortSignal.timeout(20_000);
  for await (const piece of logs.read('c', { follow: false, ...range }, signal)) pieces.push(piece);
  return { pieces, text: textOf(pieces), events: eventsOf(pieces) };
}

/** The bytes of pieces, as text. */
export function textOf(pieces: readonly LogPiece[]): string {
  return Buffer.concat(pieces.flatMap((piece) => ('data' in piece ? [piece.data] : []))).toString('latin1');
}

/** The events of pieces. */
export function eventsOf(pieces: readonly LogPiece[]) {
  return pieces.flatMap((piece) => ('event' in piece ? [piece.event] : []));
}
