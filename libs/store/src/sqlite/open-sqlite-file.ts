import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import Libsql from 'libsql';
import { StoreUnavailable } from '../errors.ts';
import { executePatiently } from './execute-patiently.ts';

/**
 * How long SQLite itself waits for another process's lock. It blocks our whole event loop meanwhile, so it is short; the
 * driver then goes on waiting without blocking.
 */
const BLOCKING_WAIT_MS = 20;

const PRAGMAS = ['synchronous = FULL', 'foreign_keys = ON', 'secure_delete = ON'];

/**
 * Opens a database file, creating it with mode 0600 (its journal files inherit the mode), or a database in memory.
 * WAL: readers do not wait for the writer. synchronous=FULL: what is committed survives a power loss. secure_delete: what was replaced or
 * deleted is overwritten with zeros, such as a secret under a key that somebody else has got.
 * @throws StoreUnavailable that names the path and the reason
 */
export async function openSqliteFile(path: string, waitTimeoutMs: number): Promise<Libsql.Database> {
  const inMemory = path === ':memory:';
  if (!inMemory) createPrivately(path);
  const database = new Libsql(path, { timeout: BLOCKING_WAIT_MS });
  try {
    for (const pragma of inMemory ? PRAGMAS : ['journal_mode = WAL', ...PRAGMAS]) {
      await executePatiently(() => void database.exec(`PRAGMA ${pragma}`), waitTimeoutMs);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
    // A file that was there before may be open to others; it holds sealed secrets and token hashes.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const hint =
      code === 'ENOENT' ? 'its folder does not exist' : `it cannot be opened for writing (${code})`;
    throw new StoreUnavailable('broken', `database file ${path}: ${hint}`, { cause });
  }
}
