import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where `up` keeps what it has to remember. */
export interface DataFolder extends AsyncDisposable {
  readonly path: string;
  /** Kept after the end. */
  readonly kept: boolean;
}

/** Opens a folder, making it (mode 0700) when it is missing, or makes a temporary one that is removed at the end. */
export async function openDataFolder(given: string | undefined): Promise<DataFolder> {
  const kept = given !== undefined;
  const path = kept ? resolve(given) : await mkdtemp(join(tmpdir(), 'consolemesh-up-'));
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    kept,
    async [Symbol.asyncDispose]() {
      if (!kept) await rm(path, { recursive: true, force: true });
    },
  };
}
