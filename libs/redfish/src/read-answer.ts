import type { HttpResponse } from '@consolemesh/http';
import { RedfishError, type RedfishErrorCode } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { type RedfishMessage, readMessages } from './messages.ts';

/** What a service answered to a request that it took. */
export interface Answer {
  readonly status: number;
  /** Undefined when there was none. */
  readonly body: JsonObject | undefined;
  /** Path of what was made, on this service. */
  readonly location?: string;
  /** Also of successes: "reboot required", "the value was rounded", … */
  readonly messages: readonly RedfishMessage[];
}

/** @throws RedfishError for every status from 300 on, and for a body that is no JSON object */
export function readAnswer(response: HttpResponse, what: string, secrets: readonly string[]): Answer {
  const { status } = response;
  if (status >= 300) throw refusal(response, what, secrets);
  const body = parse(response, what);
  return { status, body, messages: readMessages(body, secrets) };
}

/** An answer with an error status, as an error. */
export function refusal(response: HttpResponse, what: string, secrets: readonly string[]): RedfishError {
  const { status } = response;
  const body = lenient(response);
  // Judged as it was said: a password may be a part of a message id.
  const [code, text] = judge(status, readMessages(body));
  const messages = readMessages(body, secrets);
  return new RedfishError(code, `${what}: ${text} (status ${status})`, { status, messages });
}

/** Not ready, by message: SYS518 is what an iDRAC says while it starts; the others are in the Base registry. */
const BUSY_IDS = /\.(SYS518|ServiceTemporarilyUnavailable|ServiceShuttingDown)$/;
/** RAC0218 is an iDRAC's; the others are in the Base registry. */
const FULL_IDS = /\.(SessionLimitExceeded|RAC0218|CreateLimitReachedForResource)$/;

export function isBusy(messages: readonly RedfishMessage[]): boolean {
  return messages.some(({ id }) => BUSY_IDS.test(`.${id}`));
}

export function isFull(messages: readonly RedfishMessage[]): boolean {
  return messages.some(({ id }) => FULL_IDS.test(`.${id}`));
}

function judge(status: number, messages: readonly RedfishMessage[]): [RedfishErrorCode, string] {
  if (status === 401) return ['UNAUTHORIZED', 'the service does not accept the credentials'];
  if (status === 403) return ['FORBIDDEN', 'the account may not do that'];
  if (status === 404 || status === 410) return ['NOT_FOUND', 'there is no such resource'];
  if (status === 503 || status === 429 || isBusy(messages))
    return ['BUSY', 'the service is busy or not ready'];
  // A bare GeneralError is no reason.
  const reasons = messages.filter(({ id, text }) => text !== '' || !/\.GeneralError$/.test(id));
  if (status < 500 && reasons.length > 0) return ['REFUSED', 'the service refused it'];
  return ['HTTP_STATUS', 'the service answered with an error'];
}

function parse(response: HttpResponse, what: string): JsonObject | undefined {
  const text = textOf(response);
  if (text === '') return undefined;
  const value = tryParse(text);
  if (isObject(value)) return value;
  if (isMarkup(response, text)) {
    throw new RedfishError(
      'NOT_REDFISH',
      `${what}: the answer is a page and not JSON; no Redfish service answers here`,
      {
        status: response.status,
      },
    );
  }
  const problem = value === undefined ? 'JSON that is cut or wrong' : 'JSON, but no object';
  throw new RedfishError('MALFORMED', `${what}: the answer is ${problem}`, { status: response.status });
}

/** For error answers: pages and broken JSON say nothing that the status does not say. */
function lenient(response: HttpResponse): Json | undefined {
  return tryParse(textOf(response));
}

function tryParse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The text of a SyntaxError quotes the body.
    return undefined;
  }
}

function textOf({ body }: HttpResponse): string {
  // Some services put a byte order mark first, which JSON.parse does not take; TextDecoder takes it off.
  return new TextDecoder().decode(body).trim();
}

function isMarkup({ headers }: HttpResponse, text: string): boolean {
  return text.startsWith('<') || /\b(html|xml)\b/i.test(headers['content-type'] ?? '');
}
