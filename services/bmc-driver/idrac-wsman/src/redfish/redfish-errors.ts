import { MeshError } from '@consolemesh/errors';
import { RedfishError } from '@consolemesh/redfish';
import { httpError, wrongCredentials } from '../http-errors.ts';
import { refused } from '../refusals.ts';

/** Whatever a Redfish call failed with, as a MeshError. */
export function redfishError(error: unknown, where: string, username: string, what: string): unknown {
  if (!(error instanceof RedfishError)) return httpError(error, where);
  const { code, message, details } = error;
  const said = { messageId: details.messageIds.join(' '), message: details.messages.join(' ') };
  switch (code) {
    case 'UNAUTHORIZED':
      return wrongCredentials(where, username, error);
    case 'FORBIDDEN':
      return refused(where, what, { ...said, message: said.message || 'insufficient privilege' });
    case 'REFUSED':
    case 'TASK_FAILED':
      return refused(where, what, said);
    case 'BUSY':
      // An iDRAC whose job queue is full calls itself busy too.
      if (said.message !== '') return refused(where, what, said, 'BMC_NOT_READY');
      return new MeshError('BMC_NOT_READY', `${where}: ${message}`, { cause: error });
    case 'SESSIONS_FULL':
      return new MeshError('BMC_BUSY', `${where}: ${message}`, { cause: error });
    case 'HTTP_STATUS':
      return new MeshError('BMC_ERROR', `${where}: ${message}`, { cause: error });
    case 'NOT_FOUND':
    case 'NOT_REDFISH':
    case 'MALFORMED':
    case 'TOO_LARGE':
      return new MeshError('BMC_PROTOCOL_ERROR', `${where}: ${message}`, { cause: error });
  }
}
