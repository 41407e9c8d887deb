import { MeshError, type Reason, type SystemCode, systemCodeOf, systemReasons } from '@consolemesh/errors';
import { TlsError } from '@consolemesh/tls';

/** Seen from a session that was under way, a connection that breaks is a loss, whatever layer notices it. */
const bySystemCode: Readonly<Record<SystemCode, Reason>> = {
  ...systemReasons,
  ECONNRESET: 'UPSTREAM_LOST',
  EPIPE: 'UPSTREAM_LOST',
};

/** What went wrong on the way to a machine, as a row of the table with words for the user; what was not foreseen is INTERNAL and says nothing. */
export function upstreamError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  if (error instanceof TlsError) {
    const reason = error.code === 'CERTIFICATE_MISMATCH' ? 'BMC_CERTIFICATE_REFUSED' : 'BMC_TLS_FAILED';
    return new MeshError(reason, `${new MeshError(reason).message} (${error.message})`, { cause: error });
  }
  const code = systemCodeOf(error);
  return new MeshError(code ? bySystemCode[code] : 'INTERNAL', undefined, { cause: error });
}
