import { MeshError, type Reason, rfbReasons } from '@consolemesh/errors';
import { upstreamError } from '@consolemesh/proxy';
import { RfbError, type RfbErrorCode } from '@consolemesh/rfb';

/** Seen from a session that was under way, a connection that breaks is a loss. */
const byRfbCode: Readonly<Record<RfbErrorCode, Reason>> = { ...rfbReasons, UNEXPECTED_END: 'UPSTREAM_LOST' };

/** What went wrong on the way to a graphical console, as a row of the table with words for the user. */
export function rfbUpstreamError(error: unknown): MeshError {
  return error instanceof RfbError ? fromRfb(error) : upstreamError(error);
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
