import { bmcError } from '@consolemesh/driver-sdk';
import { MeshError, type Reason } from '@consolemesh/errors';
import { HttpError, type HttpErrorCode } from '@consolemesh/http';
import { RedfishError, type RedfishErrorCode } from '@consolemesh/redfish';
import { TlsError } from '@consolemesh/tls';

/** Where a refusal of the user and the password of Redfish is shown. */
export const passwordField = 'driver_secrets.redfish_password';

const ofHttp: Readonly<Record<HttpErrorCode, Reason>> = {
  NAME_NOT_FOUND: 'BMC_NAME_NOT_FOUND',
  REFUSED: 'BMC_REFUSED',
  UNREACHABLE: 'BMC_UNREACHABLE',
  RESET: 'BMC_ERROR',
  TIMEOUT: 'BMC_TIMEOUT',
  ABORTED: 'CANCELLED',
  TLS_FAILED: 'BMC_TLS_FAILED',
  CERTIFICATE_MISMATCH: 'BMC_CERTIFICATE_REFUSED',
  TOO_LARGE: 'BMC_PROTOCOL_ERROR',
  TRUNCATED: 'BMC_ERROR',
  NOT_HTTP: 'BMC_PROTOCOL_ERROR',
  UNEXPECTED_REDIRECT: 'BMC_PROTOCOL_ERROR',
};

const ofRedfish: Readonly<Record<RedfishErrorCode, Reason>> = {
  UNAUTHORIZED: 'BMC_AUTHENTICATION_FAILED',
  FORBIDDEN: 'BMC_PERMISSION_DENIED',
  NOT_FOUND: 'BMC_PROTOCOL_ERROR',
  NOT_REDFISH: 'BMC_PROTOCOL_ERROR',
  MALFORMED: 'BMC_PROTOCOL_ERROR',
  TOO_LARGE: 'BMC_PROTOCOL_ERROR',
  BUSY: 'BMC_NOT_READY',
  SESSIONS_FULL: 'BMC_BUSY',
  REFUSED: 'BMC_ERROR',
  TASK_FAILED: 'BMC_ERROR',
  HTTP_STATUS: 'BMC_ERROR',
};

/** When it is worth trying again, ms, where that is known. */
const retryAfterMs: Partial<Record<RedfishErrorCode, string>> = { SESSIONS_FULL: '60000' };

/**
 * Whatever went wrong on the way to a Redfish service, as a MeshError in words. What nobody foresaw passes through.
 * @param where `host:port` of the service
 */
export function inWords(error: unknown, where: string): unknown {
  if (error instanceof MeshError) return error;
  if (error instanceof RedfishError) {
    const retry = retryAfterMs[error.code];
    return said(ofRedfish[error.code], where, error, {
      ...(error.code === 'UNAUTHORIZED' && { field: passwordField }),
      ...(retry && { retry_after_ms: retry }),
    });
  }
  if (error instanceof HttpError || error instanceof TlsError) {
    const { fingerprint } = error.details;
    return said(ofHttp[error.code], where, error, fingerprint ? { fingerprint } : {});
  }
  return bmcError(error, where);
}

function said(reason: Reason, where: string, error: Error, metadata: Record<string, string>): MeshError {
  return new MeshError(reason, `${where}: ${error.message.replace(/\.$/, '')}.`, { cause: error, metadata });
}
