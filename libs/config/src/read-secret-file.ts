import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BadValue } from './setting.ts';

const LARGEST = 64 * 1024;

/**
 * The text of a secret's file without its trailing newlines.
 * @throws BadValue naming the path and what is wrong with it; never its content.
 */
export function readSecretFile(path: string): string {
  const content = readBounded(path);
  let value: string;
  try {
    value = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new BadValue(`names ${JSON.stringify(path)}, which is not UTF-8 text`);
  }
  value = value.replace(/[\r\n]+$/, '');
  if (value.trim() === '') throw new BadValue(`names ${JSON.stringify(path)}, which is empty`);
  return value;
}

function readBounded(path: string): Buffer {
  const buffer = Buffer.alloc(LARGEST + 1);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      if (fstatSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(file, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BadValue(`names ${JSON.stringify(path)}, which cannot be read (${WORDS[code ?? ''] ?? code})`);
  }
  if (length > LARGEST)
    throw new BadValue(`names ${JSON.stringify(path)}, which is larger than ${LARGEST} bytes`);
  return buffer.subarray(0, length);
}

const WORDS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};
