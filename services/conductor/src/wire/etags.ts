import { MeshError } from '@consolemesh/errors';

/** A revision as an etag. */
export function etagOf(revision: bigint): string {
  return revision.toString(36);
}

/** Refuses a write that names another etag than the stored one; an empty one names none. @throws MeshError ETAG_MISMATCH */
export function checkEtag(given: string, revision: bigint): void {
  if (given !== '' && given !== etagOf(revision)) throw new MeshError('ETAG_MISMATCH');
}
