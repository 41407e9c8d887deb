import { type HttpClient, HttpError, type HttpResponse } from '@consolemesh/http';
import { closedError, RedfishError } from './errors.ts';
import { type JsonObject, linkOf, property, textOf } from './json.ts';
import { type RedfishMessage, readMessages } from './messages.ts';
import { isBusy, isFull, readAnswer, refusal } from './read-answer.ts';
import { resolvePath } from './resolve-path.ts';
import type { Send } from './send.ts';

export interface RedfishCredentials {
  readonly username: string;
  readonly password: string;
}

/** The right to ask the service for things. */
export interface Access {
  /** What every request carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** `basic` where the service has no sessions. */
  readonly kind: 'session' | 'basic';
  /** Path of the session, to end it; undefined when the service did not say. */
  readonly session: string | undefined;
  /** Some request was taken with it. */
  proven: boolean;
}

const ROOT = '/redfish/v1/';
/** DSP0266, "Session login": where it is unless the root says otherwise. */
const SESSIONS = '/redfish/v1/SessionService/Sessions';

interface LogIn {
  readonly send: Send;
  readonly origin: HttpClient['origin'];
  /** Ends it while no session can have been made. */
  readonly closing: AbortSignal;
  /** Ends it even after the credentials have been sent: a session may be left that nobody knows. */
  readonly cutting: AbortSignal;
  /** For each request. */
  readonly deadlineMs: number;
}

/**
 * Opens a session. The root is read first, without credentials: whoever speaks no Redfish gets no password.
 * ```
 * POST …/Sessions {"UserName": …, "Password": …}  →  201, X-Auth-Token: <token>, Location: <the session>
 * ```
 * @throws RedfishError NOT_REDFISH, UNAUTHORIZED, FORBIDDEN, SESSIONS_FULL, BUSY, …
 * @throws HttpError ABORTED by either signal, …
 */
export async function logIn(by: LogIn, credentials: RedfishCredentials): Promise<Access> {
  const { send, origin, closing, cutting, deadlineMs } = by;
  const path = resolvePath((await readRoot(by)) ?? SESSIONS, origin, 'the service root');
  if (closing.aborted) throw closedError();
  const body = JSON.stringify({ UserName: credentials.username, Password: credentials.password });
  const answer = await send({ method: 'POST', path, body, signal: cutting, deadlineMs });
  if ([404, 405, 501].includes(answer.status)) return basic(credentials);
  const what = 'logging in';
  if (answer.status >= 300) throw loginRefusal(answer, what, [credentials.password]);
  const token = answer.headers['x-auth-token'];
  if (token === undefined || token === '') {
    throw new RedfishError('MALFORMED', `${what}: the service gave no X-Auth-Token`, {
      status: answer.status,
    });
  }
  return {
    kind: 'session',
    headers: { 'x-auth-token': token },
    session: sessionPath(answer, path, origin),
    proven: false,
  };
}

/** Reads the service root and says where sessions are made, if it does. */
async function readRoot({ send, closing, deadlineMs }: LogIn): Promise<string | undefined> {
  const get = (path: string) =>
    send({ method: 'GET', path, signal: closing, deadlineMs }).catch(asNotRedfish);
  let response = await get(ROOT);
  if (response.status === 404) response = await get(ROOT.slice(0, -1));
  // Against the standard some ask for credentials even here.
  if (response.status === 401 || response.status === 403) return undefined;
  if (response.status === 404 || response.status === 405) throw notRedfish(`it has no ${ROOT}`);
  const { body } = readAnswer(response, `GET ${ROOT}`, []);
  if (body === undefined || !isRoot(body)) throw notRedfish(`${ROOT} is no service root`);
  return linkOf(property(body.Links, 'Sessions'));
}

function isRoot(body: JsonObject): boolean {
  return ['RedfishVersion', '@odata.type', '@odata.id'].some((name) => typeof body[name] === 'string');
}

/** A console server that sends everybody to its login page. */
function asNotRedfish(error: unknown): never {
  if (error instanceof HttpError && error.code === 'UNEXPECTED_REDIRECT') {
    throw notRedfish(`${ROOT} leads to another page`);
  }
  throw error;
}

function notRedfish(why: string): RedfishError {
  return new RedfishError('NOT_REDFISH', `no Redfish service answers here: ${why}`);
}

/** iLO answers 400 to wrong credentials and says so in the message only. */
const WRONG_CREDENTIALS = /unauthorized|invalidcredential|authenticationfail|loginfail/i;

function loginRefusal(answer: HttpResponse, what: string, secrets: readonly string[]): RedfishError {
  const plain = refusal(answer, what, secrets);
  const { status } = answer;
  const said = messagesOf(answer, []);
  const messages = messagesOf(answer, secrets);
  if (status !== 401 && isFull(said)) return full(what, status, messages);
  if (status === 503 && !isBusy(said)) return full(what, status, messages);
  if (plain.code === 'REFUSED' && said.some(({ id }) => WRONG_CREDENTIALS.test(id))) {
    const text = `${what}: the service does not accept the credentials (status ${status})`;
    return new RedfishError('UNAUTHORIZED', text, { status, messages });
  }
  return plain;
}

function full(what: string, status: number, messages: RedfishMessage[]): RedfishError {
  const text = `${what}: the service has no room for another session; close some, or wait until they time out (status ${status})`;
  return new RedfishError('SESSIONS_FULL', text, { status, messages });
}

function messagesOf({ body }: HttpResponse, secrets: readonly string[]): RedfishMessage[] {
  return readMessages(parseOrNothing(body), secrets);
}

function parseOrNothing(body: Buffer): JsonObject | undefined {
  try {
    return JSON.parse(body.toString()) as JsonObject;
  } catch {
    return undefined;
  }
}

/** From Location, or, where that leads to another host, from the body: a session that cannot be ended fills the table. */
function sessionPath(answer: HttpResponse, sessions: string, origin: string | undefined): string | undefined {
  const body = parseOrNothing(answer.body);
  const id = textOf(property(body, 'Id'));
  const candidates = [
    answer.headers.location,
    linkOf(body),
    id && `${sessions.replace(/\/$/, '')}/${encodeURIComponent(id)}`,
  ];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === '') continue;
    try {
      return resolvePath(candidate, origin, 'logging in');
    } catch {}
  }
  return undefined;
}

function basic({ username, password }: RedfishCredentials): Access {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return { kind: 'basic', headers: { authorization }, session: undefined, proven: false };
}
