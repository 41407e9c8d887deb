import type { Committed, ConsoleLog } from './console-log.ts';
import type { LogEntry } from './log-entry.ts';
import { listSegments, type SegmentFiles } from './log-files.ts';
import { openSegmentReader, type SegmentReader } from './open-segment-reader.ts';
import { createMissingNotes, generationOf } from './tell-missing.ts';

/** What a reader is given, in order. */
export type LogPiece =
  | { readonly at: number; readonly data: Buffer }
  | { readonly at: number; readonly event: LogEvent };

/** Something that happened on a recorded line. */
export type LogEvent =
  | { readonly kind: 'started'; readonly generation: bigint; readonly columns: number; readonly rows: number }
  | { readonly kind: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'gap'; readonly bytes: number; readonly why: string }
  /** Before this place there is something that is not here; `message` says so to a person. */
  | { readonly kind: 'missing'; readonly message: string }
  | { readonly kind: 'stopped' | 'restored' | 'break' };

/** Which part to read. */
export interface LogRange {
  /** ms since the epoch. */
  readonly since?: number | undefined;
  /** Not included; without it, and without `follow`, everything up to now. */
  readonly until?: number | undefined;
  /** Go on with what comes until the signal ends. */
  readonly follow: boolean;
}

/**
 * Reads a console's log from its files, also while it is written: whoever follows reads from the files too, so that nothing is missing or
 * told twice between what was there and what comes. Ends when the signal does.
 */
export async function* readLog(
  folder: string,
  live: ConsoleLog,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  await live.flush();
  const { since, follow } = range;
  const end = range.until ?? Number.POSITIVE_INFINITY;
  // Whoever does not follow reads what there is now, however fast more comes.
  const edge = live.committed;
  const now = follow ? undefined : await listSegments(folder);
  const missing = createMissingNotes();
  let told = false;
  let after = -1;
  while (!signal.aborted) {
    const before = live.committed;
    const segments = now ?? (await listSegments(folder));
    const next = after < 0 ? firstToRead(segments, since) : segments.find(({ first }) => first > after);
    if (!next) {
      if (!follow) return;
      await live.more(before, signal);
      continue;
    }
    await using reader = await openSegmentReader(next);
    const skipped = after < 0 && since !== undefined && next !== segments[0];
    after = next.first;
    if (!reader) {
      yield { at: next.first, event: missing.deleted() };
      continue;
    }
    let from: number | undefined;
    for await (const position of entriesAsTheyCome(reader, next, live, follow, edge, signal)) {
      from ??= since === undefined ? 0 : await reader.find(since, position);
      for await (const { entry, data } of reader.read(from, position)) {
        if (entry.at >= end || signal.aborted) return;
        const begins = !told && from === 0 && !skipped;
        const note = missing.before(entry, begins);
        if (note) yield { at: entry.at, event: note };
        if (!told && entry.kind !== 'started' && entry.kind !== 'resized') yield resized(entry);
        told = true;
        yield pieceOf(entry, data);
      }
      from = Math.max(from, position);
    }
  }
}

/** How many entries of a segment there are: up to an edge, or else again and again while it is written. */
async function* entriesAsTheyCome(
  reader: SegmentReader,
  { first }: SegmentFiles,
  live: ConsoleLog,
  follow: boolean,
  edge: Committed | undefined,
  signal: AbortSignal,
): AsyncGenerator<number> {
  for (;;) {
    const written = follow ? live.committed : edge;
    const isWritten = written?.first === first;
    yield isWritten ? written.entries : await reader.entries();
    if (!isWritten || !follow || signal.aborted) return;
    await live.more(written, signal);
  }
}

/** The segment in which a time lies: the last that does not begin after it. */
function firstToRead(segments: readonly SegmentFiles[], since: number | undefined): SegmentFiles | undefined {
  if (since === undefined) return segments[0];
  return segments.findLast(({ first }) => first <= since) ?? segments[0];
}

function resized({ at, columns, rows }: LogEntry): LogPiece {
  return { at, event: { kind: 'resized', columns, rows } };
}

function pieceOf(entry: LogEntry, data: Buffer): LogPiece {
  const { kind, at, columns, rows, note } = entry;
  switch (kind) {
    case 'data':
      return { at, data };
    case 'started':
      return { at, event: { kind, generation: generationOf(entry), columns, rows } };
    case 'resized':
      return { at, event: { kind, columns, rows } };
    case 'lost':
      return { at, event: { kind, reason: note } };
    case 'gap':
      return { at, event: { kind, bytes: entry.length, why: note } };
    default:
      return { at, event: { kind } };
  }
}
