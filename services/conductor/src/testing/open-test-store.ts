import { createSealer, type Database, parseKeyRing } from '@consolemesh/store';
import type { TestDatabases } from '@consolemesh/store/testing';
import { createConductorStore, openConductorDatabase } from '../store/open-store.ts';
import type { ConductorSchema } from '../store/schema.ts';
import type { ConductorStore } from '../store/store.ts';

/** Seals with a key that everybody knows. */
export const testSealer = createSealer({
  keys: parseKeyRing(`k1:${Buffer.alloc(32, 7).toString('base64')}`),
});

/** A conductor's store in a database of its own, or in the one at `url`. */
export async function openTestStore(
  databases: TestDatabases,
  url?: string,
  sealer = testSealer,
): Promise<{ store: ConductorStore; database: Database<ConductorSchema>; url: string }> {
  const where = url ?? (await databases.createDatabase());
  const database = await openConductorDatabase({ url: where, sealer });
  return { store: createConductorStore(database, sealer), database, url: where };
}
