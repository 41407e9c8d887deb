import { MeshError, type Reason } from '@consolemesh/errors';
import { HttpError } from '@consolemesh/http';

const reasons: Readonly<Record<HttpError['code'], Reason>> = {
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

/** A failed exchange as a MeshError; anything else passes through. */
export function httpError(error: unknown, where: string): unknown {
  if (!(error instanceof HttpError)) return error;
  const { fingerprint } = error.details;
  return new MeshError(reasons[error.code], `${where}: ${error.message.replace(/\.$/, '')}.`, {
    cause: error,
    ...(fingerprint ? { metadata: { fingerprint } } : {}),
  });
}

/** Credentials that the iDRAC does not take. Nothing is tried with them again. */
export function wrongCredentials(where: string, username: string, cause: unknown): MeshError {
  return new MeshError(
    'BMC_AUTHENTICATION_FAILED',
    `${where}: the iDRAC refuses the user ${JSON.stringify(username)} with this password.`,
    { cause },
  );
}
