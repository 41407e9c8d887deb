import { RfbError } from '../errors.ts';
import type { Credentials } from '../security/method.ts';
import { METHODS } from '../security/methods.ts';
import { SECURITY, SECURITY_NAMES, type SecurityName, securityTypeName } from '../security-types.ts';

/** The caller's wishes about security, resolved to a list. */
export interface Wanted {
  /** Allowed types, strongest first. */
  names: readonly SecurityName[];
  credentials: Credentials;
}

/**
 * `any` follows the TLS mode: `vencrypt` means the TLS subtypes only, so that nobody on the way can talk us
 * down to clear text; otherwise VNC and None, and Plain only inside TLS. A list is taken as it is.
 */
export function resolveAllowed(
  allowed: readonly SecurityName[] | 'any',
  mode: 'none' | 'from-first-byte' | 'vencrypt',
): SecurityName[] {
  if (allowed !== 'any') return SECURITY_NAMES.filter((name) => allowed.includes(name));
  if (mode === 'vencrypt') return SECURITY_NAMES.filter((name) => SECURITY[name].transport !== 'clear');
  return mode === 'from-first-byte' ? ['VNC', 'None', 'Plain'] : ['VNC', 'None'];
}

/**
 * The strongest wanted type whose wire number is among `offered` and whose credentials are there.
 * @param wireNumber number of a type on the level that is negotiated now (security type or VeNCrypt subtype)
 * @throws RfbError NO_COMMON_SECURITY, PASSWORD_REQUIRED
 */
export function chooseSecurity(
  offered: readonly number[],
  { names, credentials }: Wanted,
  wireNumber: (name: SecurityName) => number | undefined,
): SecurityName {
  const common = names.filter((name) => {
    const number = wireNumber(name);
    return number !== undefined && offered.includes(number);
  });
  if (common.length === 0) {
    const offeredNames = offered.map(securityTypeName);
    throw new RfbError(
      'NO_COMMON_SECURITY',
      `the server offers ${offeredNames.join(', ') || 'nothing'}; allowed are ${names.join(', ') || 'none at all'}`,
      { offered: offeredNames, wanted: names },
    );
  }
  const missing = (name: SecurityName) =>
    METHODS[SECURITY[name].inner].needs.filter((field) => credentials[field] === undefined);
  const usable = common.find((name) => missing(name).length === 0);
  if (usable === undefined) {
    const fields = missing(common[0]!).join(' and ');
    throw new RfbError(
      'PASSWORD_REQUIRED',
      `the server asks for ${common.join(' or ')}, which needs a ${fields}`,
      {
        offered: offered.map(securityTypeName),
        wanted: names,
      },
    );
  }
  return usable;
}
