import { deadline } from '@consolemesh/bytes';
import { MeshError } from '@consolemesh/errors';

/**
 * Runs the work of one call with a deadline over all its requests: each has its own, and a slow BMC would add them up until the caller has
 * gone, who then learns nothing.
 * @param what half a sentence: `opening the console`
 * @throws MeshError BMC_TIMEOUT when it is the deadline that ended the work, else what the work throws
 */
export async function within<T>(
  ms: number,
  { where, what }: { readonly where: string; readonly what: string },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using limit = deadline(ms, signal);
  try {
    return await work(limit.signal);
  } catch (error) {
    const told = error instanceof MeshError && error.reason !== 'CANCELLED';
    if (signal.aborted || !limit.expired || told) throw error;
    const text = `${where}: ${what} was given up after ${ms / 1000} s; the BMC answers too slowly or not at all.`;
    throw new MeshError('BMC_TIMEOUT', text, { cause: error });
  }
}
