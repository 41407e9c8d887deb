import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { selfSigned } from '@consolemesh/bytes/testing';
import { createHttpClient, type HttpClient } from '@consolemesh/http';

/** What the service saw of one request. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** JSON unless it is a text already. */
  readonly body?: unknown;
}

export interface FakeService extends AsyncDisposable {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly seen: Seen[];
  /** `METHOD path` of each request but those to the root. */
  readonly calls: string[];
  /** Tokens that are accepted, by the path of their session. */
  readonly sessions: Map<string, string>;
  readonly http: HttpClient;
}

export const credentials = { username: 'root', password: 'canary-5f2a' };
const SESSIONS = '/redfish/v1/SessionService/Sessions';

/**
 * A Redfish service with sessions. `route` goes first: a reply, `hang` for none at all, or undefined for what a good
 * service does, which is to answer every GET with its own path.
 */
export async function startFakeService(
  route: (seen: Seen, service: FakeService) => Reply | 'hang' | undefined | Promise<Reply | undefined> = () =>
    undefined,
): Promise<FakeService> {
  let made = 0;
  const sockets = new Set<Socket>();
  const server = createServer(selfSigned(), async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { method = '', url: path = '', headers } = request;
    const seen: Seen = { method, path, headers, body: text === '' ? undefined : JSON.parse(text) };
    service.seen.push(seen);
    const reply = (await route(seen, service)) ?? standard(seen);
    if (reply === 'hang') return;
    const { status = 200, body = '' } = reply;
    response.writeHead(status, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = '127.0.0.1';
  const { port } = server.address() as AddressInfo;
  const http = createHttpClient({ host, port, trust: { verify: 'none' } });

  function standard({ method, path, headers, body }: Seen): Reply {
    if (path === '/redfish/v1/') {
      return { body: { RedfishVersion: '1.20.0', Links: { Sessions: { '@odata.id': SESSIONS } } } };
    }
    if (method === 'POST' && path === SESSIONS) return logIn(body as Record<string, string>);
    if (![...service.sessions.values()].includes(String(headers['x-auth-token']))) return { status: 401 };
    if (method === 'DELETE' && service.sessions.delete(path)) return { status: 204 };
    return { body: { '@odata.id': path } };
  }

  function logIn(body: Record<string, string>): Reply {
    if (body.UserName !== credentials.username || body.Password !== credentials.password) {
      return {
        status: 401,
        body: extended('Base.1.12.ResourceAtUriUnauthorized', 'Wrong name or password.'),
      };
    }
    const location = `${SESSIONS}/${++made}`;
    service.sessions.set(location, `token-${made}`);
    return {
      status: 201,
      headers: { 'x-auth-token': `token-${made}`, location },
      body: { '@odata.id': location },
    };
  }

  const service: FakeService = {
    origin: `https://${host}:${port}`,
    host,
    port,
    seen: [],
    get calls() {
      return service.seen
        .map(({ method, path }) => `${method} ${path}`)
        .filter((call) => !/^GET \/redfish\/v1\/?$/.test(call));
    },
    sessions: new Map(),
    http,
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return service;
}

/** An error body as DSP0266 has it. */
export function extended(MessageId: string, Message: string, more: Record<string, unknown> = {}) {
  const info = [
    { MessageId, Message, MessageArgs: [], MessageSeverity: 'Critical', Resolution: 'None.', ...more },
  ];
  return { error: { code: 'Base.1.12.GeneralError', message: 'See above.', '@Message.ExtendedInfo': info } };
}
