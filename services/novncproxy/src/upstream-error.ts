import { MeshError, type Reason } from '@consolemesh/errors';
import { RfbError, type RfbErrorCode } from '@consolemesh/rfb';

const reasons: Readonly<Record<RfbErrorCode, Reason>> = {
  NOT_RFB: 'BMC_PROTOCOL_ERROR',
  VERSION_UNSUPPORTED: 'BMC_PROTOCOL_ERROR',
  REFUSED_BY_SERVER: 'BMC_BUSY',
  NO_COMMON_SECURITY: 'BMC_SECURITY_UNSUPPORTED',
  PASSWORD_REQUIRED: 'BMC_PASSWORD_REQUIRED',
  AUTHENTICATION_FAILED: 'BMC_AUTHENTICATION_FAILED',
  TOO_MANY_ATTEMPTS: 'BMC_LOCKED_OUT',
  TLS_FAILED: 'BMC_TLS_FAILED',
  CERTIFICATE_MISMATCH: 'BMC_CERTIFICATE_REFUSED',
  UNEXPECTED_END: 'UPSTREAM_LOST',
  TIMEOUT: 'BMC_TIMEOUT',
  ABORTED: 'CANCELLED',
  LIMIT_EXCEEDED: 'BMC_PROTOCOL_ERROR',
  PROTOCOL_VIOLATION: 'BMC_PROTOCOL_ERROR',
};

const systemReasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'BMC_REFUSED',
  ENOTFOUND: 'BMC_NAME_NOT_FOUND',
  EAI_AGAIN: 'BMC_NAME_NOT_FOUND',
  ETIMEDOUT: 'BMC_TIMEOUT',
  ECONNRESET: 'UPSTREAM_LOST',
  EPIPE: 'UPSTREAM_LOST',
};

/** What went wrong on the way to the machine, as a row of the table with words for the user. */
export function upstreamError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  if (error instanceof RfbError) return fromRfb(error);
  const code = systemCode(error);
  if (code === undefined) return new MeshError('INTERNAL', undefined, { cause: error });
  return new MeshError(systemReasons[code] ?? 'BMC_UNREACHABLE', undefined, { cause: error });
}

/** The words of the library say what was awaited or presented; they hold no secret. */
function fromRfb(error: RfbError): MeshError {
  if (error.cause instanceof MeshError) return error.cause;
  const { reason: words } = error.details;
  const reason = error.code === 'REFUSED_BY_SERVER' ? refusal(words ?? '') : reasons[error.code];
  const plain = new MeshError(reason).message;
  const message = words ? `${plain} It says: ${words}` : `${plain} (${error.message})`;
  return new MeshError(reason, message, { cause: error });
}

/** A server that refuses before authentication says why in words of its own. */
function refusal(words: string): Reason {
  return /too many (authentication|security)|black ?list|lock/i.test(words) ? 'BMC_LOCKED_OUT' : 'BMC_BUSY';
}

/** The system's code; of several addresses that were tried, the last one's. */
function systemCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return systemCode(error.errors[error.errors.length - 1]);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && /^E[A-Z_]+$/.test(code) ? code : undefined;
}
