import { MeshError } from '@consolemesh/errors';
import { bmcError } from '../../bmc-error.ts';

/** What went wrong with a line, in words that viewers may read: what nobody foresaw is INTERNAL, and its own words stay in `cause`. */
export function asMeshError(error: unknown, where: string): MeshError {
  const known = bmcError(error, where);
  return known instanceof MeshError ? known : new MeshError('INTERNAL', undefined, { cause: error });
}
