import { stat, truncate } from 'node:fs/promises';
import { entryBytes } from './log-entry.ts';
import type { SegmentFiles } from './log-files.ts';
import { openSegmentReader } from './open-segment-reader.ts';

/**
 * Cuts off what a writer that died has not finished: bytes without an entry, half an entry, last entries whose bytes are not there or are others.
 * Answers the bytes that were cut off both files.
 */
export async function repairSegment(files: SegmentFiles): Promise<number> {
  let logBytes = 0;
  let whole = 0;
  {
    await using reader = await openSegmentReader(files);
    if (!reader) return 0;
    for await (const { entry, data, position } of reader.read(0, await reader.entries())) {
      whole = position + 1;
      logBytes = entry.offset + data.length;
    }
  }
  const cut = async (path: string, length: number) => {
    const { size } = await stat(path);
    if (size > length) await truncate(path, length);
    return Math.max(0, size - length);
  };
  return (await cut(files.index, whole * entryBytes)) + (await cut(files.log, logBytes));
}
