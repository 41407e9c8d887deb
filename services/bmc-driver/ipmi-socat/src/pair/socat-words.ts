import { constants } from 'node:fs';
import { type FileHandle, open, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** More than this of what a socat says is forgotten, bytes. Most say nothing in months. */
const most = 64 * 1024;

const fileOf = (folder: string) => join(folder, 'socat.log');

/** Opens the file for what a new socat says. It is appended to, so that it can be emptied while the socat lives. */
export async function openWords(folder: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants;
  return open(fileOf(folder), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600);
}

/** What it has said; empty when nothing. */
export function readWords(folder: string): Promise<string> {
  return readFile(fileOf(folder), 'latin1').catch(() => '');
}

/** Forgets all of it where it has become long. A folder that is gone meanwhile has none. */
export async function boundWords(folder: string): Promise<void> {
  const size = await stat(fileOf(folder)).then(
    (found) => found.size,
    () => 0,
  );
  if (size > most) await truncate(fileOf(folder)).catch(() => {});
}
