import type { Reason } from './table.ts';

/** Reasons by the codes of Node's sockets and resolver, when a machine cannot be reached. Sources: connect(2), getaddrinfo(3). */
export const systemReasons = {
  ECONNREFUSED: 'BMC_REFUSED',
  ENOTFOUND: 'BMC_NAME_NOT_FOUND',
  EAI_AGAIN: 'BMC_NAME_NOT_FOUND',
  ENODATA: 'BMC_NAME_NOT_FOUND',
  EHOSTUNREACH: 'BMC_UNREACHABLE',
  ENETUNREACH: 'BMC_UNREACHABLE',
  EHOSTDOWN: 'BMC_UNREACHABLE',
  ENETDOWN: 'BMC_UNREACHABLE',
  EADDRNOTAVAIL: 'BMC_UNREACHABLE',
  EACCES: 'BMC_UNREACHABLE',
  EPERM: 'BMC_UNREACHABLE',
  EINVAL: 'BMC_UNREACHABLE',
  ETIMEDOUT: 'BMC_TIMEOUT',
  ECONNRESET: 'BMC_ERROR',
  ECONNABORTED: 'BMC_ERROR',
  EPIPE: 'BMC_ERROR',
} as const satisfies Record<string, Reason>;

/** Codes that have a reason. */
export type SystemCode = keyof typeof systemReasons;

/** The code of a failed connection, where it has a reason; of several addresses that were tried, the last one's. */
export function systemCodeOf(error: unknown): SystemCode | undefined {
  if (error instanceof AggregateError) return systemCodeOf(error.errors.at(-1));
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' && Object.hasOwn(systemReasons, code) ? (code as SystemCode) : undefined;
}

/** Reasons by the codes of RfbError, when a VNC server is not what it should be; whoever uses it has the compiler see that none is missing. */
export const rfbReasons = {
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
} as const satisfies Record<string, Reason>;
