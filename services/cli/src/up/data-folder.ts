import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../exit-codes.ts';

/** Where `up` keeps what it has to remember. */
export interface DataFolder extends AsyncDisposable {
  readonly path: string;
  /** Kept after the end. */
  readonly kept: boolean;
}

/**
 * Opens a folder, making it (mode 0700) when it is missing, or makes a temporary one that is removed at the end. Throws UsageError when it
 * cannot be used.
 */
export async function openDataFolder(given: string | undefined): Promise<DataFolder> {
  const kept = given !== undefined;
  const path = kept ? resolve(given) : await makeTemporary();
  if (kept) await makeUsable(path);
  return {
    path,
    kept,
    async [Symbol.asyncDispose]() {
      if (!kept) await rm(path, { recursive: true, force: true });
    },
  };
}

async function makeTemporary(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'consolemesh-up-'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `no temporary folder can be made in ${tmpdir()} (${code}); keep the data elsewhere with --data FOLDER, or set TMPDIR`,
      { cause: error },
    );
  }
}

async function makeUsable(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`--data ${path}: ${whyNot((error as NodeJS.ErrnoException).code)}`, {
      cause: error,
    });
  }
}

function whyNot(code: string | undefined): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'this is a file or lies below one; name a folder';
    case 'EACCES':
    case 'EPERM':
      return 'you may not write there; name a folder of your own';
    case 'EROFS':
      return 'this file system is read-only; name a folder elsewhere';
    case 'ENOSPC':
      return 'the disk is full; name a folder elsewhere';
    default:
      return `the folder cannot be used (${code})`;
  }
}
