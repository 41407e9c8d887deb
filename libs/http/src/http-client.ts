import { deadline } from '@consolemesh/bytes';
import { type buildConnector, Client } from 'undici';
import { asHttpError } from './as-http-error.ts';
import { dial } from './dial.ts';
import { HttpError } from './errors.ts';
import { exchange } from './exchange.ts';
import type { HttpRequest, HttpResponse } from './messages.ts';
import type { Progress } from './progress.ts';
import { type Destination, type HttpTarget, readTarget } from './target.ts';
import { createTurns } from './turns.ts';

/** HTTP/1.1 with one server over one connection at a time. Disposing ends everything in flight with ABORTED. */
export interface HttpClient extends AsyncDisposable {
  /**
   * Nothing is repeated and no redirect is followed.
   * @throws HttpError
   * @throws TypeError for a path or a header that cannot be sent
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** `https://host:port`, to tell absolute links to this server from others; left out = none belongs to it. */
  readonly origin?: string;
}

const DEFAULT_DEADLINE_MS = 30_000;
/** An idle connection is closed after this: BMCs have few. Longer when the server says so, up to the second. */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 15_000;

/**
 * Connects with the first request and again when the server has closed the connection in between.
 * @throws TypeError when the target cannot be one
 */
export function createHttpClient(target: HttpTarget): HttpClient {
  const to = readTarget(target);
  const turns = createTurns();
  const inFlight = new Set<AbortController>();
  let closed = false;
  /** Whose turn it is: a connection is opened on its behalf and within its deadline. */
  let current: Progress | undefined;

  const client = new Client(to.origin, {
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    // The deadline of the exchange covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector(to, () => current),
  });

  async function inTurn(request: HttpRequest, progress: Progress): Promise<HttpResponse> {
    const giveBack = await turns.take(progress.limit.signal);
    try {
      current = progress;
      return await exchange(client, request, headersFor(request, to.authorization), progress);
    } finally {
      current = undefined;
      giveBack();
    }
  }

  return {
    origin: to.origin,
    async request(request) {
      requirePath(request.path);
      if (closed) throw new HttpError('ABORTED', 'this client is closed');
      const mine = new AbortController();
      const onAbort = () => mine.abort();
      request.signal?.addEventListener('abort', onAbort, { once: true });
      if (request.signal?.aborted) onAbort();
      inFlight.add(mine);
      using limit = deadline(request.deadlineMs ?? DEFAULT_DEADLINE_MS, mine.signal);
      const progress: Progress = { limit, awaiting: 'an earlier request to end', answered: false };
      try {
        return await inTurn(request, progress);
      } catch (error) {
        throw asHttpError(error, progress);
      } finally {
        inFlight.delete(mine);
        request.signal?.removeEventListener('abort', onAbort);
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const one of inFlight) one.abort();
      await client.destroy();
    },
  };
}

/** @param whose the exchange that waits for the connection */
function connector(to: Destination, whose: () => Progress | undefined): buildConnector.connector {
  return (_options, done) => {
    const progress = whose();
    if (progress === undefined) return done(new HttpError('ABORTED', 'nobody waits for a connection'), null);
    dial(to, progress).then(
      (socket) => done(null, socket),
      (error: unknown) => done(asHttpError(error, progress) as Error, null),
    );
  };
}

function requirePath(path: string): void {
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    throw new TypeError('a path begins with / and has only printable ASCII; encode the rest with %');
  }
}

function headersFor(request: HttpRequest, authorization: string | undefined): Record<string, string> {
  const own = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    'accept-encoding': 'identity',
    ...(authorization !== undefined && { authorization }),
    ...Object.fromEntries(own),
  };
}
