import { rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listSegments, segmentFiles } from './log-files.ts';

/** How much all logs together may take. */
export interface KeepLimits {
  /** Bytes of one console. */
  readonly consoleBytes: number;
  /** Bytes of all. */
  readonly totalBytes: number;
  /** A segment that was written to last so long ago goes, ms. */
  readonly keepMs: number;
}

interface Segment {
  readonly first: number;
  /** What it takes on the disk, at least. */
  bytes: number;
  /** When it was written to last, ms since the epoch. */
  lastAt: number;
}

/** The books of what lies in the folders of all consoles. */
export interface Keeper {
  /** Enters what lies in a folder already. */
  enter(folderName: string): Promise<void>;
  /** A segment has grown to so many bytes. Answers whether that is too much. */
  grown(folderName: string, first: number, bytes: number, at: number): boolean;
  /** Deletes the oldest until everything is within its limits. One at a time; never rejects. */
  enforce(): Promise<void>;
  readonly bytes: number;
}

/** Even an empty file takes a block, and there are two. */
const leastBytes = 8192;

/**
 * Keeps logs within limits. `release` is asked to let go of a segment that is being written when nothing else can be deleted.
 */
export function keepWithin(parts: {
  readonly root: string;
  readonly limits: KeepLimits;
  readonly now: () => number;
  readonly isWritten: (folderName: string, first: number) => boolean;
  readonly release: (folderName: string) => Promise<void>;
  /** A segment could not be deleted. */
  readonly onStuck: (folderName: string, error: unknown) => void;
}): Keeper {
  const { root, limits, now, isWritten, release } = parts;
  const folders = new Map<string, Segment[]>();
  let total = 0;
  let running: Promise<void> | undefined;

  async function drop(folderName: string, segment: Segment): Promise<void> {
    if (isWritten(folderName, segment.first)) await release(folderName);
    const files = segmentFiles(join(root, folderName), segment.first);
    try {
      await rm(files.index, { force: true });
      await rm(files.log, { force: true });
    } catch (error) {
      // It leaves the books all the same: what cannot be deleted must not keep the rest from being deleted.
      parts.onStuck(folderName, error);
    }
    const segments = folders.get(folderName) ?? [];
    const left = segments.filter((other) => other !== segment);
    total -= segment.bytes;
    folders.set(folderName, left);
    if (left.length > 0) return;
    folders.delete(folderName);
    // One that is written to at this moment is not empty, or is made again.
    await rmdir(join(root, folderName)).catch(() => {});
  }

  function oldest(): [string, Segment] | undefined {
    let found: [string, Segment] | undefined;
    for (const [name, [segment]] of folders) {
      if (segment && (!found || segment.first < found[1].first)) found = [name, segment];
    }
    return found;
  }

  async function enforceOnce(): Promise<void> {
    for (const [name, segments] of [...folders]) {
      let bytes = bytesOf(segments);
      for (const segment of [...segments]) {
        const tooMuch = bytes > limits.consoleBytes && !isWritten(name, segment.first);
        if (!tooMuch && now() - segment.lastAt <= limits.keepMs) break;
        bytes -= segment.bytes;
        await drop(name, segment);
      }
    }
    for (let next = oldest(); total > limits.totalBytes && next; next = oldest()) await drop(...next);
  }

  return {
    get bytes() {
      return total;
    },
    async enter(folderName) {
      const entered: Segment[] = [];
      for (const { first, index, log } of await listSegments(join(root, folderName))) {
        const sizes = await Promise.all([stat(index), stat(log)]).catch(() => []);
        const bytes = Math.max(
          leastBytes,
          sizes.reduce((sum, { size }) => sum + size, 0),
        );
        entered.push({ first, bytes, lastAt: Math.max(first, ...sizes.map(({ mtimeMs }) => mtimeMs)) });
        total += bytes;
      }
      if (entered.length > 0) folders.set(folderName, entered);
    },
    grown(folderName, first, bytes, at) {
      const segments = folders.get(folderName) ?? [];
      folders.set(folderName, segments);
      let segment = segments.find((one) => one.first === first);
      if (!segment) {
        segment = { first, bytes: 0, lastAt: at };
        segments.push(segment);
      }
      const taken = Math.max(leastBytes, bytes);
      total += taken - segment.bytes;
      segment.bytes = taken;
      segment.lastAt = at;
      return total > limits.totalBytes || bytesOf(segments) > limits.consoleBytes;
    },
    enforce() {
      running ??= enforceOnce()
        .catch(() => {})
        .finally(() => {
          running = undefined;
        });
      return running;
    },
  };
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.bytes, 0);
}
