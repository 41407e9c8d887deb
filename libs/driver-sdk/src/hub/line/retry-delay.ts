import type { MeshError } from '@consolemesh/errors';

const firstMs = 1_000;
const longestMs = 60_000;
/** Longest wait that a driver may ask for. */
const longestAskedMs = 15 * 60_000;

/**
 * How long to wait before a line is opened again, ms: doubling from a second to a minute, spread by a quarter so that the lines of a BMC
 * network do not come back at once; or as long as the error's metadata `retry_after_ms` says.
 * @param failures in a row, this one included
 * @param random 0 to 1
 */
export function retryDelay(failures: number, { metadata }: MeshError, random: number): number {
  const asked = Number(metadata.retry_after_ms);
  if (asked > 0) return Math.min(Math.max(asked, firstMs), longestAskedMs);
  return Math.min(firstMs * 2 ** (failures - 1), longestMs) * (0.75 + 0.5 * random);
}
