import type { Violation } from '@consolemesh/errors';
import type { TextMap } from './node.ts';

/** What says to whom secrets are shown, and the secrets. */
interface Access {
  readonly driverInfo: TextMap;
  readonly driverSecrets: TextMap;
}

/**
 * Secrets that a change of `driver_info` would carry along without their having been written anew: with another address, or without a
 * look at the certificate, a driver would show them to whoever wants to see them. Who knows them writes them with the change.
 */
export function carriedSecrets(before: Access, input: Access, after: Access): Violation[] {
  if (sameText(before.driverInfo, after.driverInfo)) return [];
  return Object.entries(after.driverSecrets)
    .filter(([key, value]) => before.driverSecrets[key] === value && input.driverSecrets[key] !== value)
    .map(([key]) => ({
      field: `driver_secrets.${key}`,
      reason: 'FIELD_REQUIRED',
      message: 'write it anew together with driver_info: it says who gets to see this secret',
    }));
}

function sameText(a: TextMap, b: TextMap): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
