import type { Logger } from '@consolemesh/mesh';
import { createKeyRingFile, type KeyRingFile, readKeyRingFile } from '@consolemesh/store';
import { keyRingBeside } from './config.ts';

/**
 * The keys that secrets are sealed with: from the file that is named, else from the one beside the SQLite database, which is made when it
 * is missing. @throws Error with one clear line
 */
export async function readKeyRing(
  named: string | undefined,
  databaseUrl: string,
  logger: Logger,
): Promise<KeyRingFile> {
  const beside = named === undefined ? keyRingBeside(databaseUrl) : undefined;
  if (beside !== undefined && (await createKeyRingFile(beside))) {
    logger.warn(
      { file: beside },
      'made a new key ring; without it the stored secrets are lost, so keep a copy',
    );
  }
  const file = named ?? beside;
  if (file === undefined) throw new Error('CONSOLEMESH_KEY_RING_FILE is not set');
  return readKeyRingFile(file);
}
