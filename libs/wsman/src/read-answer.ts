import type { HttpResponse } from '@consolemesh/http';
import { WsmanError } from './errors.ts';
import type { WsmanLimits } from './limits.ts';
import { NS, UNSPECIFIED } from './namespaces.ts';
import { parseAnswer, type SoapMessage } from './parse-answer.ts';
import { readFault } from './read-fault.ts';
import { isNamed, type XmlElement } from './xml-element.ts';

/** What the answer must fit. */
export interface Expectation {
  /** wsa:MessageID of the request; undefined where requests have none (Identify). */
  readonly messageId: string | undefined;
  /** Texts to blot out of errors. */
  readonly secrets: readonly string[];
}

/**
 * The element in the Body of a successful answer. Faults are read first, whatever the status: services send them with 400, 500
 * and even 200, and they say more than the status does.
 * @throws WsmanError
 */
export function readAnswer(
  response: HttpResponse,
  { messageId, secrets }: Expectation,
  limits: WsmanLimits,
): XmlElement {
  const { status } = response;
  if (status === 401)
    throw new WsmanError('UNAUTHORIZED', 'the service refused the user name or the password (HTTP 401)', {
      status,
    });
  const success = status >= 200 && status < 300;
  const message = success ? parseAnswer(response, limits) : parseIfSoap(response, limits);
  if (message === undefined) throw fromStatus(status);
  const isFault = isNamed(message.content, NS.s, 'Fault');
  if (messageId !== undefined) requireRelation(message, messageId, isFault, status);
  if (isFault) throw readFault(message.content, status, secrets);
  if (!success) throw fromStatus(status);
  return message.content;
}

/** An error page is not worth an error of its own. */
function parseIfSoap(response: HttpResponse, limits: WsmanLimits): SoapMessage | undefined {
  try {
    return parseAnswer(response, limits);
  } catch (error) {
    if (error instanceof WsmanError) return undefined;
    throw error;
  }
}

function requireRelation(
  { relatesTo }: SoapMessage,
  messageId: string,
  isFault: boolean,
  status: number,
): void {
  if (relatesTo.includes(messageId)) return;
  // A service that could not read the request cannot name it either.
  if (isFault && relatesTo.every((one) => one === UNSPECIFIED || one === '')) return;
  throw new WsmanError(
    'WRONG_RELATES_TO',
    relatesTo.length === 0
      ? 'the answer does not say which request it belongs to'
      : 'the answer belongs to another request',
    { status },
  );
}

function fromStatus(status: number): WsmanError {
  const details = { status };
  switch (status) {
    case 403:
      return new WsmanError('FORBIDDEN', 'the service forbids this to the user (HTTP 403)', details);
    case 404:
    case 405:
      return new WsmanError('NOT_FOUND', `nothing speaks WS-MAN at this path (HTTP ${status})`, details);
    case 429:
    case 503:
      return new WsmanError('BUSY', `the service is busy or still starting (HTTP ${status})`, details);
    default:
      return new WsmanError('HTTP_STATUS', `the service answered with HTTP ${status}`, details);
  }
}
