import { access, constants, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@consolemesh/mesh';
import { type Clock, systemClock } from '../hub/clock.ts';
import { type ConsoleLog, createConsoleLog, type LogLimits, logLimits } from './console-log.ts';
import { type KeepLimits, keepWithin } from './keep-within.ts';
import { folderNameOf, listSegments } from './log-files.ts';
import { type LogPiece, type LogRange, readLog } from './read-log.ts';
import { type Recording, recordLine } from './record-line.ts';
import { repairSegment } from './repair-segment.ts';

/** Where a driver keeps what serial lines say, and how much of it. */
export interface ConsoleLogOptions extends Partial<KeepLimits>, Partial<LogLimits> {
  /** A folder that is this instance's alone; it is made where there is none. */
  readonly folder: string;
}

/** The recorded lines of one driver instance. */
export interface ConsoleLogs extends AsyncDisposable {
  /** Begins to record an incarnation. */
  record(consoleId: string, generation: bigint): Recording;
  /** Whether there is, or is going to be, something to read of a console. */
  has(consoleId: string): Promise<boolean>;
  read(consoleId: string, range: LogRange, signal: AbortSignal): AsyncGenerator<LogPiece>;
  /** Consoles whose disk takes nothing at the moment. */
  readonly paused: number;
  /** What all logs take on the disk, bytes. */
  readonly bytes: number;
}

export const keepLimits: KeepLimits & Pick<LogLimits, 'segmentMs'> = {
  consoleBytes: 64 * 1024 ** 2,
  totalBytes: 4 * 1024 ** 3,
  keepMs: 30 * 86_400_000,
  segmentMs: 86_400_000,
};

/** What is too old is looked for so often, ms. */
const sweepMs = 600_000;

/** Opens the folder. @throws Error, in words, when it cannot be used */
export async function openConsoleLogs(
  options: ConsoleLogOptions,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<ConsoleLogs> {
  const { folder: root } = options;
  const limits = { ...logLimits, ...keepLimits, ...definedOf(options) };
  const segmentBytes = options.segmentBytes ?? Math.min(8 * 1024 ** 2, Math.floor(limits.consoleBytes / 4));
  const logs = new Map<string, { log: ConsoleLog; users: number }>();
  const paused = new Set<string>();
  const names = await usableFolder(root);

  const keeper = keepWithin({
    root,
    limits,
    now: clock.now,
    isWritten: (name, first) => logs.get(name)?.log.committed?.first === first,
    release: async (name) => {
      await logs.get(name)?.log.rotate();
    },
    onStuck: (console, err) =>
      logger.warn(
        { err, console },
        'a part of a console log could not be deleted, and is not counted any more',
      ),
  });
  for (const name of names) await keeper.enter(name);

  const repaired = new Set<string>();
  /**
   * Answers when the next segment may begin at the earliest: clocks go back, the order of segments does not. Only the newest of those that
   * are there before the first of this process can have been written to when another one died.
   */
  async function prepare(name: string): Promise<number> {
    const newest = (await listSegments(join(root, name))).at(-1);
    if (!repaired.has(name)) {
      repaired.add(name);
      const cut = newest === undefined ? 0 : await repairSegment(newest);
      if (cut > 0) logger.info({ console: name, bytes: cut }, 'cut an unfinished end off a console log');
    }
    return newest === undefined ? 0 : newest.first + 1;
  }

  function use(consoleId: string): { log: ConsoleLog; name: string } & AsyncDisposable {
    const name = folderNameOf(consoleId);
    const entry = logs.get(name) ?? { log: open(name), users: 0 };
    logs.set(name, entry);
    entry.users += 1;
    return {
      log: entry.log,
      name,
      async [Symbol.asyncDispose]() {
        entry.users -= 1;
        if (entry.users > 0) return;
        await entry.log.close();
        if (entry.users > 0 || logs.get(name) !== entry) return;
        logs.delete(name);
        paused.delete(name);
      },
    };
  }

  function open(name: string): ConsoleLog {
    return createConsoleLog(join(root, name), { ...limits, segmentBytes }, clock, {
      onSegment: () => prepare(name),
      onGrown(first, bytes) {
        if (keeper.grown(name, first, bytes, clock.now())) void keeper.enforce();
      },
      onPaused(error) {
        const console = name;
        if (error) {
          paused.add(name);
          logger.warn(
            { err: error, console },
            'recording a serial console is paused: the disk takes nothing',
          );
        } else {
          paused.delete(name);
          logger.info({ console }, 'recording a serial console goes on');
        }
      },
    });
  }

  await keeper.enforce();
  let cancelSweep = clock.after(sweepMs, sweep);
  function sweep(): void {
    void keeper.enforce();
    cancelSweep = clock.after(sweepMs, sweep);
  }

  return {
    record(consoleId, generation) {
      const used = use(consoleId);
      return recordLine(used.log, generation, clock.now, async () => {
        await used[Symbol.asyncDispose]();
      });
    },
    async has(consoleId) {
      const name = folderNameOf(consoleId);
      return logs.has(name) || (await listSegments(join(root, name))).length > 0;
    },
    async *read(consoleId, range, signal) {
      await using used = use(consoleId);
      yield* readLog(join(root, used.name), used.log, range, signal);
    },
    get paused() {
      return paused.size;
    },
    get bytes() {
      return keeper.bytes;
    },
    async [Symbol.asyncDispose]() {
      cancelSweep();
      await Promise.all([...logs.values()].map(({ log }) => log.close()));
      await keeper.enforce();
    },
  };
}

/** The names in a folder that can be written to. */
async function usableFolder(root: string): Promise<string[]> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    const entries = await readdir(root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`The folder for console logs, ${root}, cannot be used (${code}).`, { cause: error });
  }
}

function definedOf<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
