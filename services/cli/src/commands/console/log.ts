import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadConsoleLogResponse } from '@consolemesh/contracts/conductor';
import { fromTimestamp, toTimestamp } from '@consolemesh/mesh';
import { createAsciicast } from '../../console-log/asciicast.ts';
import { eventText } from '../../console-log/event-text.ts';
import { createLineReader, type PlainLine } from '../../console-log/strip-escapes.ts';
import type { Context } from '../../context.ts';
import { alreadyExists, UsageError } from '../../exit-codes.ts';
import type { Output } from '../../io.ts';
import { readMoment } from '../../read-moment.ts';

/** Which part, and how to print it. */
interface LogOptions {
  readonly since?: string;
  readonly until?: string;
  readonly follow?: boolean;
  readonly raw?: boolean;
  readonly asciicast?: string;
}

type Pieces = AsyncIterable<ReadConsoleLogResponse>;

/** Prints what a serial console has said: as lines with times, as it was, or as a file that can be played. */
export async function readConsoleLog(context: Context, options: LogOptions, node: string): Promise<void> {
  const now = Date.now();
  const since = readMoment('--since', options.since, now);
  const until = readMoment('--until', options.until, now);
  const { follow = false } = options;
  if (follow && until !== undefined)
    throw new UsageError('--follow and --until contradict: one of them ends it');
  const { consoles } = await context.conductor();
  const stop = follow ? context.io.stop() : undefined;
  const request = {
    node,
    since: since === undefined ? undefined : toTimestamp(since),
    until: until === undefined ? undefined : toTimestamp(until),
    follow,
  };
  const pieces = consoles.readConsoleLog(request, stop ? { signal: stop } : {});
  try {
    if (options.raw) await printRaw(context, pieces);
    else if (options.asciicast !== undefined) await writeAsciicast(context, options.asciicast, node, pieces);
    else await printLines(context, pieces);
  } catch (error) {
    // Ctrl-C is how following ends.
    if (!stop?.aborted) throw error;
  }
}

async function printRaw(context: Context, pieces: Pieces): Promise<void> {
  for await (const { data, event } of pieces) {
    const text = event && eventText(event);
    if (text !== undefined) context.note(text);
    await write(context.io.stdout, data);
  }
}

/** Lines for people, or with `-o json` for programs. */
async function printLines(context: Context, pieces: Pieces): Promise<void> {
  const reader = createLineReader();
  const print = async (lines: Iterable<PlainLine>, isEvent = false) => {
    for (const { at, text } of lines) await write(context.io.stdout, format(context, at, text, isEvent));
  };
  for await (const { at: time, data, event } of pieces) {
    const at = time ? fromTimestamp(time) : 0;
    await print(reader.push(data, at));
    const text = event && eventText(event);
    if (text === undefined) continue;
    await print(reader.end());
    await print([{ at, text }], true);
  }
  await print(reader.end());
}

function format({ json, colours }: Context, at: number, text: string, isEvent: boolean): string {
  const time = new Date(at).toISOString();
  if (json) return `${JSON.stringify(isEvent ? { at: time, event: text } : { at: time, text })}\n`;
  return isEvent ? `${colours.dim(`${time} [${text}]`)}\n` : `${colours.dim(time)} ${text}\n`;
}

async function writeAsciicast(context: Context, path: string, node: string, pieces: Pieces): Promise<void> {
  let broken: unknown;
  // Ends as a whole recording also when the reading breaks off, so that what came can be played.
  async function* lines(): AsyncGenerator<string> {
    const cast = createAsciicast(node);
    try {
      for await (const piece of pieces) yield* cast.push(piece);
    } catch (error) {
      broken = error;
    }
    yield* cast.end();
  }
  if (path === '-') for await (const line of lines()) await write(context.io.stdout, line);
  else {
    const file = await create(path);
    await pipeline(lines, file).catch((cause) => {
      throw cannotWrite(path, cause);
    });
  }
  if (broken !== undefined) throw broken;
  if (path !== '-') context.note(`Written to ${path}; \`asciinema play ${path}\` plays it.`);
}

async function create(path: string): Promise<Writable> {
  // What a console says may hold passwords.
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
    return file;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyExists(`${path} exists already and is left as it is`);
    throw cannotWrite(path, cause);
  }
}

function cannotWrite(path: string, cause: unknown): UsageError {
  const { code } = cause as NodeJS.ErrnoException;
  return new UsageError(`--asciicast ${path}: it cannot be written (${code})`, { cause });
}

/** A slow reader must not have the whole log wait in memory. */
async function write(output: Output, what: string | Uint8Array): Promise<void> {
  if (what.length === 0) return;
  const accepted = output.write(what);
  if (accepted === false && output instanceof Writable) await once(output, 'drain');
}
