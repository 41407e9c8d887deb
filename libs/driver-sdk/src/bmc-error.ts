import {
  MeshError,
  type Reason,
  rfbReasons,
  type SystemCode,
  systemCodeOf,
  systemReasons,
} from '@consolemesh/errors';
import { RfbError, type RfbErrorCode } from '@consolemesh/rfb';

/** Reasons that say "these credentials are no good": nothing is tried again with them. */
export const credentialReasons: ReadonlySet<Reason> = new Set<Reason>([
  'BMC_AUTHENTICATION_FAILED',
  'BMC_PASSWORD_REQUIRED',
  'BMC_LOCKED_OUT',
]);

const byRfbCode: Readonly<Record<RfbErrorCode, Reason>> = rfbReasons;

const systemWords: Readonly<Record<SystemCode, string>> = {
  ECONNREFUSED: 'it refuses the connection; check the port and whether its console server runs',
  ENOTFOUND: 'its name cannot be resolved; check the address and the name service',
  EAI_AGAIN: 'the name service does not answer',
  ENODATA: 'its name has no address',
  EHOSTUNREACH: 'there is no way to it; check address and network',
  ENETUNREACH: 'there is no way to its network; check address and routes',
  EHOSTDOWN: 'it is down',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'this host has no address that could reach it',
  EACCES: 'this host does not allow connections to it; check its firewall',
  EPERM: 'this host does not allow connections to it; check its firewall',
  EINVAL: 'its address cannot be used; a link-local one needs its interface, such as fe80::1%eth0',
  ETIMEDOUT: 'it does not answer; check address and firewall',
  ECONNRESET: 'it reset the connection',
  ECONNABORTED: 'it gave the connection up',
  EPIPE: 'it closed the connection',
};

/**
 * Whatever went wrong with a machine, as a MeshError with a BMC_* reason. A MeshError passes through; aborts become CANCELLED; what
 * nobody foresaw stays as it is, so that the error boundary logs it.
 * @param where who was spoken to, for the text, such as `10.0.0.5:5900`
 */
export function bmcError(error: unknown, where: string): unknown {
  if (error instanceof MeshError) return error;
  if (error instanceof RfbError) {
    // The texts of that library hold no secret, by its own promise.
    return new MeshError(byRfbCode[error.code], `${where}: ${error.message}.`, {
      cause: error,
      ...(error.details.fingerprint ? { metadata: { fingerprint: error.details.fingerprint } } : {}),
    });
  }
  const code = systemCodeOf(error);
  if (code !== undefined)
    return new MeshError(systemReasons[code], `${where}: ${systemWords[code]}.`, { cause: error });
  if (error instanceof Error && error.name === 'AbortError')
    return new MeshError('CANCELLED', undefined, { cause: error });
  return error;
}
