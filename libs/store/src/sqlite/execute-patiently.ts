import { StoreUnavailable } from '../errors.ts';
import { backOff } from '../retry.ts';
import { translateSqliteError } from './translate-sqlite-error.ts';

/**
 * Runs something that SQLite refuses as a whole while another process holds the lock, again and again until it gets in or
 * `waitTimeoutMs` have passed. The waits between leave the event loop free.
 * @throws StoreUnavailable (`busy`), or the translated error
 */
export async function executePatiently<T>(execute: () => T, waitTimeoutMs: number): Promise<T> {
  const deadline = performance.now() + waitTimeoutMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return execute();
    } catch (error) {
      const translated = translateSqliteError(error);
      const busy = translated instanceof StoreUnavailable && translated.reason === 'busy';
      if (!busy || performance.now() > deadline) throw translated;
      await backOff(attempt);
    }
  }
}
