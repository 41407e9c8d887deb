import { HttpError } from '@consolemesh/http';
import type { RedfishMessage } from './messages.ts';

/**
 * Why a Redfish service did not do what it was asked for. Failures below it come as HttpError.
 *
 * | code | meaning | what to do |
 * |---|---|---|
 * | UNAUTHORIZED | user name or password are refused, or the session is not accepted | never retry until they change: BMCs lock out |
 * | FORBIDDEN | the account may not do that | give it the privilege; read the messages |
 * | NOT_FOUND | nothing at this path | another model or version; look the path up instead of guessing |
 * | NOT_REDFISH | whoever answers here speaks no Redfish | check address and port, or use another interface |
 * | MALFORMED | JSON that is cut or wrong, or a link that leads to another host | broken service |
 * | TOO_LARGE | the answer is larger than the bound | broken service, or ask for less |
 * | BUSY | not ready, too many requests, or a job in the way | later again |
 * | SESSIONS_FULL | the table of sessions is full | close some sessions, or wait until they time out |
 * | REFUSED | the service refused the request and said why (`messages`) | read the messages |
 * | TASK_FAILED | the request was taken, but its task did not succeed | read the messages |
 * | HTTP_STATUS | another error status without a reason | – |
 */
export type RedfishErrorCode =
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'NOT_REDFISH'
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'BUSY'
  | 'SESSIONS_FULL'
  | 'REFUSED'
  | 'TASK_FAILED'
  | 'HTTP_STATUS';

export interface RedfishErrorDetails {
  /** HTTP status, where one came. */
  status?: number;
  /** Of the extended information, without registry versions cut off: `Base.1.12.PropertyValueNotInList`. */
  messageIds: string[];
  /** The service's own words, bounded, printable, without the secrets that were sent. */
  messages: string[];
}

/** The one error type of this library; `code` is the contract, the text is for people. Never holds a secret. */
export class RedfishError extends Error {
  override readonly name = 'RedfishError';
  readonly code: RedfishErrorCode;
  readonly details: RedfishErrorDetails;

  /** @param said what the service said; its first words become part of the text */
  constructor(
    code: RedfishErrorCode,
    text: string,
    said: { status?: number; messages?: RedfishMessage[] } = {},
  ) {
    const messages = said.messages ?? [];
    const words = messages.map((message) => message.text || message.id).filter((word) => word !== '');
    super(words[0] === undefined ? text : `${text}: ${words[0]}`);
    this.code = code;
    this.details = {
      ...(said.status !== undefined && { status: said.status }),
      messageIds: messages.map(({ id }) => id).filter((id) => id !== ''),
      messages: words,
    };
  }
}

/** What everybody gets who asks a client after its end. */
export function closedError(): HttpError {
  return new HttpError('ABORTED', 'this client is closed');
}
