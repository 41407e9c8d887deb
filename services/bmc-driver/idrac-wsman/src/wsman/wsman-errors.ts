import { MeshError } from '@consolemesh/errors';
import { HttpError } from '@consolemesh/http';
import { WsmanError } from '@consolemesh/wsman';
import { httpError, wrongCredentials } from '../http-errors.ts';
import { refused } from '../refusals.ts';

/** Whether an error of a port says that this machine offers no WS-MAN at all. */
export function hasNoWsman(error: unknown): boolean {
  const cause = error instanceof MeshError ? error.cause : undefined;
  // Firmware sends strangers to its login page, by a page in the answer or by a redirect.
  if (cause instanceof HttpError) return cause.code === 'UNEXPECTED_REDIRECT';
  if (!(cause instanceof WsmanError)) return false;
  const { code, details } = cause;
  // Gone, not implemented, not allowed here: a web server that has no such thing.
  const isOther = code === 'HTTP_STATUS' && [405, 410, 501].includes(details.status ?? 0);
  return code === 'NOT_FOUND' || code === 'NOT_SOAP' || isOther;
}

/** Whatever a WS-MAN call failed with, as a MeshError. */
export function wsmanError(error: unknown, where: string, username: string, what: string): unknown {
  if (!(error instanceof WsmanError)) return httpError(error, where);
  const { code, message, details } = error;
  switch (code) {
    case 'UNAUTHORIZED':
      return wrongCredentials(where, username, error);
    case 'FORBIDDEN':
      return new MeshError(
        'BMC_PERMISSION_DENIED',
        `${where}: the user ${JSON.stringify(username)} may not ${what} (privileges Login and Configure).`,
        { cause: error },
      );
    case 'BUSY':
      return new MeshError('BMC_NOT_READY', `${where}: ${message}`, { cause: error });
    case 'FAULT':
      return refused(where, what, {
        messageId: details.faultSubcode ?? details.faultCode ?? '',
        message: [details.reason, details.faultDetail].filter(Boolean).join(' '),
      });
    case 'HTTP_STATUS':
      return new MeshError('BMC_ERROR', `${where}: ${message}`, { cause: error });
    case 'NOT_FOUND':
    case 'NOT_SOAP':
    case 'MALFORMED':
    case 'TOO_LARGE':
    case 'WRONG_RELATES_TO':
    case 'ENDLESS':
      return new MeshError('BMC_PROTOCOL_ERROR', `${where}: ${message}`, { cause: error });
  }
}
