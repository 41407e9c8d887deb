import type { HttpClient } from '@consolemesh/http';
import { createBudget } from './budget.ts';
import { RedfishError } from './errors.ts';
import { createExchange } from './exchange.ts';
import { followTask } from './follow-task.ts';
import type { Json, JsonObject } from './json.ts';
import { keepAccess } from './keep-access.ts';
import type { RedfishCredentials } from './log-in.ts';
import { secretsIn } from './messages.ts';
import { type Answer, readAnswer } from './read-answer.ts';
import { resolvePath } from './resolve-path.ts';
import { createSend } from './send.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** For the whole call: login, request and task. Default 60,000 ms. */
  deadlineMs?: number | undefined;
  /** ETag that the resource must still have; some services take no PATCH without. */
  ifMatch?: string | undefined;
}

/**
 * One Redfish service, in one session that begins with the first call. Paths begin with `/`.
 * Disposing stops the calls that go on and ends the session, and takes 5 s at most; the HttpClient stays open.
 * All calls fail with RedfishError or, below Redfish, with HttpError.
 */
export interface RedfishClient extends AsyncDisposable {
  get(path: string, options?: CallOptions): Promise<JsonObject>;
  patch(path: string, body: JsonObject, options?: CallOptions): Promise<Answer>;
  post(path: string, body: JsonObject, options?: CallOptions): Promise<Answer>;
  delete(path: string, options?: CallOptions): Promise<Answer>;
  /**
   * The headers that show the session to this very service, for what is no call of Redfish, such as the upgrade to a WebSocket. Secret.
   * They are good until the session is replaced or ends.
   */
  authorize(options?: Omit<CallOptions, 'ifMatch'>): Promise<Readonly<Record<string, string>>>;
  /**
   * Settles when nothing of this client goes on any more: with the end of disposing, or, where the service is slow to answer a login
   * that had been sent or to end the session, at most 30 s after its begin. Until then the HttpClient must stay open, or the
   * session stays too. Never rejects.
   */
  readonly ended: Promise<void>;
}

const DEFAULT_DEADLINE_MS = 60_000;

/**
 * @param http without credentials of its own: these would go out beside the session's token
 * @param credentials for the session; as Basic only when the service has no sessions (404, 405 or 501)
 */
export function createRedfishClient(http: HttpClient, credentials: RedfishCredentials): RedfishClient {
  const send = createSend(http);
  const keeper = keepAccess(send, http.origin, credentials);
  const exchange = createExchange(send, keeper, credentials.password);
  const stops = new Set<() => void>();

  async function call(method: string, path: string, body: JsonObject | undefined, options: CallOptions = {}) {
    const { ifMatch, signal } = options;
    using budget = createBudget(options.deadlineMs ?? DEFAULT_DEADLINE_MS, signal, stops);
    const what = `${method} ${path}`;
    const secrets = secretsOf(body);
    const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
    const request = { method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await exchange(request, budget);
    const { location } = response.headers;
    if (response.status === 202 && location !== undefined) {
      const monitor = resolvePath(location, http.origin, what);
      const ask = () => exchange({ method: 'GET', path: monitor }, budget);
      return await followTask(response, ask, { budget, what, secrets });
    }
    return withLocation(readAnswer(response, what, secrets), location, http.origin);
  }

  function secretsOf(body: Json | undefined): string[] {
    return [credentials.password, ...secretsIn(body)];
  }

  return {
    async get(path, options) {
      const { body } = await call('GET', path, undefined, options);
      if (body === undefined) throw new RedfishError('MALFORMED', `GET ${path}: the answer is empty`);
      return body;
    },
    patch: (path, body, options) => call('PATCH', path, body, options),
    post: (path, body, options) => call('POST', path, body, options),
    delete: (path, options) => call('DELETE', path, undefined, options),
    async authorize({ deadlineMs = DEFAULT_DEADLINE_MS, signal } = {}) {
      using budget = createBudget(deadlineMs, signal, stops);
      const { headers } = await budget.within(keeper.enter(), 'the login');
      return headers;
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) stop();
      await keeper.leave();
    },
    ended: keeper.ended,
  };
}

/** A Location on another host is of no use here; what was asked for has been done all the same. */
function withLocation(answer: Answer, location: string | undefined, origin: string | undefined): Answer {
  if (location === undefined) return answer;
  try {
    return { ...answer, location: resolvePath(location, origin, '') };
  } catch {
    return answer;
  }
}
