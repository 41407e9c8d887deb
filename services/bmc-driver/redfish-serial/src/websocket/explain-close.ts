import { MeshError } from '@consolemesh/errors';
import { printable } from '../printable.ts';

/** RFC 6455 section 7.4.1: there was no closing handshake. */
const brokenOff = 1006;
const serviceRestart = 1012;
const tryAgainLater = 1013;

/** What the end of a console's WebSocket means. */
export function explainClose(code: number, reason: Buffer, where: string, busyMs: number): MeshError {
  const words = printable(reason.toString());
  const said = words === '' ? '' : ` ("${words}")`;
  if (code === brokenOff)
    return new MeshError('UPSTREAM_LOST', `${where}: the connection to the console broke.`);
  if (code === tryAgainLater || /max\w*\s+(?:number of )?(?:sessions|connections)|in use|busy/i.test(words)) {
    return new MeshError('BMC_BUSY', `${where}: all places of the console are taken${said}.`, {
      metadata: { retry_after_ms: String(busyMs) },
    });
  }
  const why = code === serviceRestart ? ', which restarts,' : '';
  return new MeshError(
    'UPSTREAM_CLOSED',
    `${where}: the BMC${why} closed the console${said || ` (code ${code})`}.`,
  );
}
