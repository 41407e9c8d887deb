import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A piece of a console's log: a file of bytes and a file of entries, named by the time at which it begins. */
export interface SegmentFiles {
  /** ms since the epoch. */
  readonly first: number;
  /** The line's bytes and nothing else. */
  readonly log: string;
  /** Entries of `entryBytes` each. */
  readonly index: string;
}

/** The files of the segment that begins at a time. */
export function segmentFiles(folder: string, first: number): SegmentFiles {
  return { first, log: join(folder, `${first}.log`), index: join(folder, `${first}.index`) };
}

/** The segments in a folder, oldest first; none where there is no folder. */
export async function listSegments(folder: string): Promise<SegmentFiles[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const firsts = names.flatMap((name) => {
    const number = /^(\d{1,15})\.index$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  return firsts.sort((a, b) => a - b).map((first) => segmentFiles(folder, first));
}

/** The name of a console's folder: its id, or what stands for an id that would mean something else to a file system. */
export function folderNameOf(consoleId: string): string {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.:-]{0,63}$/.test(consoleId)
    ? consoleId
    : `%${Buffer.from(consoleId).toString('hex').slice(0, 200)}`;
}
