import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { encodeEntry, entryBytes, type LogEntry } from './log-entry.ts';
import { segmentFiles } from './log-files.ts';

/** What is to be written: an entry whose place is not known yet, and its bytes. */
export interface Draft extends Omit<LogEntry, 'offset' | 'crc'> {
  readonly chunks: readonly Buffer[];
}

/** A segment that is being written, by one writer. */
export interface SegmentWriter {
  readonly first: number;
  /** Entries that were written whole: what readers may read. */
  readonly entries: number;
  /** Bytes of both files. */
  readonly bytes: number;
  /** Writes drafts, all or, as far as readers see, none. One call at a time. */
  write(drafts: readonly Draft[]): Promise<void>;
  close(): Promise<void>;
}

/** Begins a segment at a time, or at the next ms at which none begins: files that are there already are never written to. */
export async function openSegment(folder: string, first: number): Promise<SegmentWriter> {
  const files = segmentFiles(folder, first);
  let log: FileHandle;
  try {
    log = await open(files.log, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return openSegment(folder, first + 1);
    throw error;
  }
  try {
    return segmentWriter(first, log, await open(files.index, 'wx', 0o600));
  } catch (error) {
    await log.close();
    throw error;
  }
}

function segmentWriter(first: number, log: FileHandle, index: FileHandle): SegmentWriter {
  let logBytes = 0;
  let entries = 0;
  return {
    first,
    get entries() {
      return entries;
    },
    get bytes() {
      return logBytes + entries * entryBytes;
    },
    async write(drafts) {
      let offset = logBytes;
      const encoded: Buffer[] = [];
      const chunks: Buffer[] = [];
      for (const draft of drafts) {
        const crc = draft.chunks.reduce((sum, chunk) => crc32(chunk, sum), 0);
        encoded.push(encodeEntry({ ...draft, offset, crc }));
        chunks.push(...draft.chunks);
        if (draft.kind === 'data') offset += draft.length;
      }
      try {
        // First the bytes, then what says that they are there.
        await writeAll(log, Buffer.concat(chunks), logBytes);
        await writeAll(index, Buffer.concat(encoded), entries * entryBytes);
      } catch (error) {
        await log.truncate(logBytes).catch(() => {});
        await index.truncate(entries * entryBytes).catch(() => {});
        throw error;
      }
      logBytes = offset;
      entries += encoded.length;
    },
    async close() {
      await Promise.allSettled([log.close(), index.close()]);
    },
  };
}

/** A write may be short, above all on a disk that is about to be full. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
