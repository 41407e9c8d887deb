import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

/** The text of a new ring with one random key: `k<8 hex digits>:<base64>\n`. */
export function generateKeyRing(): string {
  return `k${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`;
}

/**
 * Writes a new ring with one random key into a file of mode 0600 and makes it durable: without it what it sealed is lost.
 * An existing file is never touched.
 * @returns false when the file was there already
 */
export async function createKeyRingFile(path: string): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(generateKeyRing());
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}
