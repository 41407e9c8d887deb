import { MeshError, type Reason } from '@consolemesh/errors';
import { RfbError, type RfbErrorCode } from '@consolemesh/rfb';

/** Reasons that say "these credentials are no good": nothing is tried again with them. */
export const credentialReasons: ReadonlySet<Reason> = new Set<Reason>([
  'BMC_AUTHENTICATION_FAILED',
  'BMC_PASSWORD_REQUIRED',
  'BMC_LOCKED_OUT',
]);

const rfbReasons: Readonly<Record<RfbErrorCode, Reason>> = {
  NOT_RFB: 'BMC_PROTOCOL_ERROR',
  VERSION_UNSUPPORTED: 'BMC_PROTOCOL_ERROR',
  REFUSED_BY_SERVER: 'BMC_BUSY',
  NO_COMMON_SECURITY: 'BMC_SECURITY_UNSUPPORTED',
  PASSWORD_REQUIRED: 'BMC_PASSWORD_REQUIRED',
  AUTHENTICATION_FAILED: 'BMC_AUTHENTICATION_FAILED',
  TOO_MANY_ATTEMPTS: 'BMC_LOCKED_OUT',
  TLS_FAILED: 'BMC_TLS_FAILED',
  CERTIFICATE_MISMATCH: 'BMC_CERTIFICATE_REFUSED',
  UNEXPECTED_END: 'BMC_PROTOCOL_ERROR',
  TIMEOUT: 'BMC_TIMEOUT',
  ABORTED: 'CANCELLED',
  LIMIT_EXCEEDED: 'BMC_PROTOCOL_ERROR',
  PROTOCOL_VIOLATION: 'BMC_PROTOCOL_ERROR',
};

/** Codes of Node's sockets and resolver (`man 2 connect`, `man 3 getaddrinfo`). */
const systemReasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'BMC_REFUSED',
  ENOTFOUND: 'BMC_NAME_NOT_FOUND',
  EAI_AGAIN: 'BMC_NAME_NOT_FOUND',
  ENODATA: 'BMC_NAME_NOT_FOUND',
  EHOSTUNREACH: 'BMC_UNREACHABLE',
  ENETUNREACH: 'BMC_UNREACHABLE',
  EHOSTDOWN: 'BMC_UNREACHABLE',
  ENETDOWN: 'BMC_UNREACHABLE',
  EADDRNOTAVAIL: 'BMC_UNREACHABLE',
  ETIMEDOUT: 'BMC_TIMEOUT',
  ECONNRESET: 'BMC_ERROR',
  EPIPE: 'BMC_ERROR',
};

const systemWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses the connection; check the port and whether its console server runs',
  ENOTFOUND: 'its name cannot be resolved; check the address and the name service',
  EAI_AGAIN: 'the name service does not answer',
  ENODATA: 'its name has no address',
  EHOSTUNREACH: 'there is no way to it; check address and network',
  ENETUNREACH: 'there is no way to its network; check address and routes',
  EHOSTDOWN: 'it is down',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'this host has no address that could reach it',
  ETIMEDOUT: 'it does not answer; check address and firewall',
  ECONNRESET: 'it reset the connection',
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
    return new MeshError(rfbReasons[error.code], `${where}: ${error.message}.`, {
      cause: error,
      ...(error.details.fingerprint ? { metadata: { fingerprint: error.details.fingerprint } } : {}),
    });
  }
  if (error instanceof AggregateError && error.errors.length > 0) return bmcError(error.errors[0], where);
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code !== undefined && systemReasons[code] !== undefined) {
    return new MeshError(systemReasons[code], `${where}: ${systemWords[code]}.`, { cause: error });
  }
  if (error instanceof Error && error.name === 'AbortError')
    return new MeshError('CANCELLED', undefined, { cause: error });
  return error;
}
