import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type HttpClient, HttpError, type HttpErrorCode, type HttpResponse } from '@consolemesh/http';
import { buildEnvelope, type EnvelopeParts } from './build-envelope.ts';
import type { CallClock } from './call-options.ts';
import type { WsmanLimits } from './limits.ts';
import { readAnswer } from './read-answer.ts';
import type { XmlElement } from './xml-element.ts';

/** What all calls of one client share. */
export interface Service {
  readonly http: HttpClient;
  readonly path: string;
  readonly endpoint: string;
  readonly limits: WsmanLimits;
}

export interface Request {
  /** The envelope for a message id; called again for each attempt. */
  readonly envelope: (messageId: string) => string;
  /** True when the answer must relate to the message id. */
  readonly addressed: boolean;
  /** True when the request changes nothing and may be sent again after a broken connection. */
  readonly repeatable: boolean;
  readonly secrets: readonly string[];
}

export interface Answer {
  readonly content: XmlElement;
  /** Size of the HTTP body. */
  readonly bytes: number;
}

/** Sends a request with the header of WS-Addressing; see `exchange`. */
export function exchangeAddressed(
  service: Service,
  parts: Omit<EnvelopeParts, 'endpoint' | 'messageId'>,
  options: { repeatable: boolean; secrets?: readonly string[] | undefined },
  clock: CallClock,
): Promise<Answer> {
  return exchange(
    service,
    {
      envelope: (messageId) => buildEnvelope({ ...parts, endpoint: service.endpoint, messageId }),
      addressed: true,
      repeatable: options.repeatable,
      secrets: options.secrets ?? [],
    },
    clock,
  );
}

/**
 * Sends one request and reads its answer. Broken connections are met with at most `limits.retries` further attempts, each with a
 * message id of its own; answers never are, whatever they say: a refused password least of all.
 * @throws WsmanError, HttpError
 */
export async function exchange(service: Service, request: Request, clock: CallClock): Promise<Answer> {
  const { limits } = service;
  for (let attempt = 0; ; attempt++) {
    const messageId = `uuid:${randomUUID()}`;
    let response: HttpResponse;
    try {
      response = await send(service, request.envelope(messageId), clock);
    } catch (error) {
      const again = request.repeatable && attempt < limits.retries && isBrokenConnection(error);
      const longest = limits.retryPauseMs * 2 ** attempt;
      if (!again || longest >= clock.remainingMs()) throw error;
      await rest(Math.random() * longest, clock.signal);
      continue;
    }
    const expected = { messageId: request.addressed ? messageId : undefined, secrets: request.secrets };
    return { content: readAnswer(response, expected, limits), bytes: response.body.length };
  }
}

function send({ http, path, limits }: Service, body: string, clock: CallClock): Promise<HttpResponse> {
  return http.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/soap+xml;charset=UTF-8' },
    body,
    deadlineMs: clock.remainingMs(),
    maxBodyBytes: limits.answerBytes,
    ...(clock.signal !== undefined && { signal: clock.signal }),
  });
}

/** TLS_FAILED is among them: iDRACs under load drop handshakes. */
const BROKEN: ReadonlySet<HttpErrorCode> = new Set([
  'REFUSED',
  'UNREACHABLE',
  'RESET',
  'TRUNCATED',
  'TLS_FAILED',
]);

function isBrokenConnection(error: unknown): boolean {
  return error instanceof HttpError && BROKEN.has(error.code);
}

/** Ends early when the caller gives up; the next attempt then says so in the words of the HTTP client. */
async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
}
