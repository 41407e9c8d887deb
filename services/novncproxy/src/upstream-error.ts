import {
  MeshError,
  type Reason,
  rfbReasons,
  type SystemCode,
  systemCodeOf,
  systemReasons,
} from '@consolemesh/errors';
import { RfbError, type RfbErrorCode } from '@consolemesh/rfb';

/** Seen from a session that was under way, a connection that breaks is a loss, whatever layer notices it. */
const lost = 'UPSTREAM_LOST';
const byRfbCode: Readonly<Record<RfbErrorCode, Reason>> = { ...rfbReasons, UNEXPECTED_END: lost };
const bySystemCode: Readonly<Record<SystemCode, Reason>> = {
  ...systemReasons,
  ECONNRESET: lost,
  EPIPE: lost,
};

/** What went wrong on the way to the machine, as a row of the table with words for the user. */
export function upstreamError(error: unknown): MeshError {
  if (error instanceof MeshError) return error;
  if (error instanceof RfbError) return fromRfb(error);
  const code = systemCodeOf(error);
  return new MeshError(code ? bySystemCode[code] : 'INTERNAL', undefined, { cause: error });
}

/** The words of the library say what was awaited or presented; they hold no secret. */
function fromRfb(error: RfbError): MeshError {
  if (error.cause instanceof MeshError) return error.cause;
  const { reason: words } = error.details;
  const reason = error.code === 'REFUSED_BY_SERVER' ? refusal(words ?? '') : byRfbCode[error.code];
  const plain = new MeshError(reason).message;
  const message = words ? `${plain} It says: ${words}` : `${plain} (${error.message})`;
  return new MeshError(reason, message, { cause: error });
}

/** A server that refuses before authentication says why in words of its own. */
function refusal(words: string): Reason {
  return /too many (authentication|security)|black ?list|lock/i.test(words) ? 'BMC_LOCKED_OUT' : 'BMC_BUSY';
}
