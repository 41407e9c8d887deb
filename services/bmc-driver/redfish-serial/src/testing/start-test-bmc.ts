import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { selfSigned } from '@consolemesh/bytes/testing';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a BMC for tests is like. */
export interface TestBmcOptions {
  /** Bodies of its systems by id; one that offers nothing when absent. */
  readonly systems?: Readonly<Record<string, object>>;
  /** Of its only manager; an OpenBMC when absent. */
  readonly manager?: object;
  /** Other resources, by path. */
  readonly resources?: Readonly<Record<string, object>>;
  /** Paths of its WebSockets. */
  readonly sockets?: readonly string[];
  /** What its WebSockets take as proof. */
  readonly proof?: 'token' | 'cookie';
  /** Options of a node that it needs. */
  readonly options?: Readonly<Record<string, string>>;
  /** Sees each call, `METHOD path`, before it is answered. */
  readonly heard?: (call: string) => void;
  /** Status for every upgrade. */
  readonly refuseUpgrade?: number;
}

/** A Redfish service with WebSocket consoles that say what is typed, on loopback. */
export interface TestBmc extends AsyncDisposable {
  readonly port: number;
  readonly certificate: string;
  /** `METHOD path` of everything, upgrades as `UPGRADE path`. */
  readonly calls: string[];
  /** Sessions that are open, by path; the token or the cookie. */
  readonly sessions: Map<string, string>;
  /** Logins, accepted or not. */
  logins(): number;
  /** Open consoles. */
  readonly consoles: Set<WebSocket>;
  /** What was typed. */
  typed(): string;
  readonly frames: number[];
  /** It breaks what there is and answers nobody, until told otherwise. */
  silent: boolean;
  /** Ends a console after so many bytes. */
  dieAfterBytes: number | undefined;
  /** Options and secrets of a node. */
  info(more?: Readonly<Record<string, string>>): Record<string, string>;
}

export const testUser = { name: 'consoles', password: 'pinewood' };
const root = '/redfish/v1';
const sessionsPath = `${root}/SessionService/Sessions`;
const csrf = 'csrf0123';

export async function startTestBmc(options: TestBmcOptions = {}): Promise<TestBmc> {
  const { systems = { system: {} }, sockets = ['/console0'], proof = 'token' } = options;
  const manager = options.manager ?? { Model: 'OpenBmc' };
  let logins = 0;
  let typed = '';
  let said = 0;
  const certificate = selfSigned();
  const server = createServer(certificate);
  const connections = new Set<Socket>();
  const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const link = (path: string) => ({ '@odata.id': path });
  const resources: Record<string, object> = {
    [`${root}/`]: {
      RedfishVersion: '1.17.0',
      Systems: link(`${root}/Systems`),
      Links: { Sessions: link(sessionsPath) },
    },
    [`${root}/Systems`]: { Members: Object.keys(systems).map((id) => link(`${root}/Systems/${id}`)) },
    [`${root}/Managers`]: { Members: [link(`${root}/Managers/bmc`)] },
    [`${root}/Managers/bmc`]: manager,
    ...Object.fromEntries(Object.entries(systems).map(([id, body]) => [`${root}/Systems/${id}`, body])),
    ...options.resources,
  };

  function isKnown({ headers }: IncomingMessage): boolean {
    const known = [...bmc.sessions.values()];
    const cookie = /BMCWEB-SESSION=([^;]+)/.exec(headers.cookie ?? '')?.[1];
    const shown = [headers['x-auth-token'], headers['x-xsrf-token'] === csrf ? cookie : undefined];
    return shown.some((token) => known.includes(String(token)));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = Buffer.concat(await request.toArray()).toString();
    bmc.calls.push(`${method} ${url}`);
    options.heard?.(`${method} ${url}`);
    if (bmc.silent) return void request.socket.destroy();
    const reply = (status: number, value: object = {}, headers: Record<string, string | string[]> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (url === `${root}/`) return reply(200, resources[url]);
    if (method === 'POST' && url === sessionsPath) {
      logins += 1;
      const { UserName, Password } = JSON.parse(body) as Record<string, string>;
      if (UserName !== testUser.name || Password !== testUser.password) return reply(401);
      const location = `${sessionsPath}/${logins}`;
      const token = `token-${logins}`;
      bmc.sessions.set(location, token);
      const asBrowser = request.headers['x-requested-with'] !== undefined;
      const expires = 'Expires=Wed, 09 Jun 2038 10:18:14 GMT; Secure';
      const cookies = [`XSRF-TOKEN=${csrf}; ${expires}`, `BMCWEB-SESSION=${token}; ${expires}; HttpOnly`];
      return reply(
        201,
        {},
        { location, ...(asBrowser ? { 'set-cookie': cookies } : { 'x-auth-token': token }) },
      );
    }
    if (!isKnown(request)) return reply(401);
    if (method === 'DELETE') return reply(bmc.sessions.delete(url) ? 204 : 404);
    return resources[url] ? reply(200, { '@odata.id': url, ...resources[url] }) : reply(404);
  }

  function mayUpgrade({ headers, url = '' }: IncomingMessage): number {
    const known = [...bmc.sessions.values()];
    const cookie = /BMCWEB-SESSION=([^;]+)/.exec(headers.cookie ?? '')?.[1];
    const proved =
      proof === 'token'
        ? known.includes(String(headers['x-auth-token']))
        : known.includes(String(cookie)) && headers['sec-websocket-protocol'] === csrf;
    if (options.refuseUpgrade !== undefined) return options.refuseUpgrade;
    if (!sockets.includes(url)) return 404;
    return proved ? 101 : 401;
  }

  server.on('request', (request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => {
    bmc.calls.push(`UPGRADE ${request.url}`);
    if (bmc.silent) return void socket.destroy();
    const status = mayUpgrade(request);
    if (status !== 101) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    upgrader.handleUpgrade(request, socket, head, (console) => {
      bmc.consoles.add(console);
      console.on('error', () => {});
      console.on('close', () => bmc.consoles.delete(console));
      console.on('message', (data: Buffer, isBinary) => {
        typed += data.toString('latin1');
        bmc.frames.push(data.length);
        said += data.length;
        console.send(data, { binary: isBinary });
        if (bmc.dieAfterBytes === undefined || said < bmc.dieAfterBytes) return;
        said = 0;
        console.terminate();
      });
    });
  });
  server.on('connection', (socket: Socket) => connections.add(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  let silent = false;
  const bmc: TestBmc = {
    port,
    certificate: certificate.cert,
    calls: [],
    sessions: new Map(),
    logins: () => logins,
    consoles: new Set(),
    typed: () => typed,
    frames: [],
    get silent() {
      return silent;
    },
    set silent(now) {
      silent = now;
      if (now) for (const console of bmc.consoles) console.terminate();
    },
    dieAfterBytes: undefined,
    info: (more = {}) => ({
      redfish_address: `https://127.0.0.1:${port}`,
      redfish_username: testUser.name,
      redfish_verify: 'none',
      ...options.options,
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      server.close();
    },
  };
  return bmc;
}
