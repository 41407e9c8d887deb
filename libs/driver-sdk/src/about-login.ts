import { MeshError } from '@consolemesh/errors';
import { credentialReasons } from './bmc-error.ts';

/**
 * Says which of a node's logins a machine has refused, where it has several: that one alone is not tried again, and the mistake is shown at
 * its option. Any other error passes through.
 * @param field as `credentialsOf` names it, such as `driver_secrets.drac_vnc_password`; stands in the error's metadata as `field`
 */
export function aboutLogin(error: unknown, field: string): unknown {
  if (!(error instanceof MeshError) || !credentialReasons.has(error.reason)) return error;
  const { reason, message, violations, metadata, cause } = error;
  return new MeshError(reason, message, { violations, metadata: { ...metadata, field }, cause });
}
