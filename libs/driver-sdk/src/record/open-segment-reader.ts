import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { decodeEntry, entryBytes, type LogEntry } from './log-entry.ts';
import type { SegmentFiles } from './log-files.ts';

/** Entries that are read at once. */
const blockEntries = 256;

/** An entry whose bytes are there. */
export interface WholeEntry {
  readonly entry: LogEntry;
  readonly data: Buffer;
  /** Its number. */
  readonly position: number;
}

/** A segment that is being read, maybe while it is written. */
export interface SegmentReader extends AsyncDisposable {
  /** Whole entries in the file; there may be a torn tail behind them. */
  entries(): Promise<number>;
  /** The first entry, of the first `count`, that is not before a time; `count` when there is none. */
  find(since: number, count: number): Promise<number>;
  /** Entries from one up to another (not included), with their bytes; those that are torn or damaged are passed over. */
  read(from: number, to: number): AsyncGenerator<WholeEntry>;
}

/** Opens a segment; undefined when it is gone. */
export async function openSegmentReader(files: SegmentFiles): Promise<SegmentReader | undefined> {
  const handles: FileHandle[] = [];
  try {
    handles.push(await open(files.index, 'r'), await open(files.log, 'r'));
  } catch (error) {
    for (const handle of handles) await handle.close();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [index, log] = handles as [FileHandle, FileHandle];

  async function entryAt(position: number): Promise<LogEntry | undefined> {
    const bytes = await readAt(index, position * entryBytes, entryBytes);
    return decodeEntry(bytes);
  }

  return {
    entries: async () => Math.floor((await index.stat()).size / entryBytes),
    async find(since, count) {
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        const entry = await entryAt(middle);
        // What is torn comes last.
        if (entry && entry.at < since) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    async *read(from, to) {
      for (let at = from; at < to; at += blockEntries) {
        const count = Math.min(blockEntries, to - at);
        const block = await readAt(index, at * entryBytes, count * entryBytes);
        for (let i = 0; i < count; i += 1) {
          const entry = decodeEntry(block.subarray(i * entryBytes, (i + 1) * entryBytes));
          if (!entry) continue;
          const data =
            entry.kind === 'data' ? await readAt(log, entry.offset, entry.length) : Buffer.alloc(0);
          if (entry.kind === 'data' && (data.length !== entry.length || crc32(data) !== entry.crc)) continue;
          yield { entry, data, position: at + i };
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([index.close(), log.close()]);
    },
  };
}

/** So many bytes from a place, fewer at the end of the file. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  // An entry that was damaged must not make us ask for gigabytes.
  const bytes = Buffer.alloc(Math.min(length, 1024 * 1024));
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}
