import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import type { Bmc } from '../bmc/create-bmc.ts';
import { createAnswers } from '../redfish/answers.ts';
import { createRedfishService, type RedfishService } from '../redfish/serve-redfish.ts';
import { createWsmanService } from '../wsman/serve-wsman.ts';
import { sendAnswer } from './distort-answer.ts';
import type { FaceAnswer, HttpAnswer } from './face-answer.ts';
import { readBasic } from './read-basic.ts';

export interface HttpsFaceOptions {
  readonly bmc: Bmc;
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  readonly tls: HttpsTls;
  /** After a reset it hangs up on everybody for so long. */
  readonly resetMs: number;
}

export interface HttpsTls {
  readonly key: string;
  readonly cert: string;
  /** Node's own unless told; old firmware goes up to TLSv1 or TLSv1.1. */
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
}

/** A request as it is remembered; without credentials and bodies. */
export interface SeenRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The last part of a WS-MAN action: `Enumerate`, `SetAttributes`. */
  readonly action: string | undefined;
  /** undefined = none was sent. */
  status: number | undefined;
}

/** WS-MAN and Redfish behind one TLS port. */
export interface HttpsFace extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  readonly redfish: RedfishService;
  /** The last 10,000, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Hangs up on everybody, in the middle of whatever it is. */
  dropAll(): void;
  /** What a reset of the card does to it. */
  reset(): void;
}

const longestBody = 1024 * 1024;
const longestMemory = 10_000;
const page = '<!DOCTYPE html><html><head><title>Login</title></head><body><form></form></body></html>';
const html = { 'content-type': 'text/html;charset=UTF-8' };
const notFound: HttpAnswer = { status: 404, headers: html, body: '<html><body>Not Found</body></html>' };

/** @throws when the address cannot be listened on */
export async function startHttpsFace(options: HttpsFaceOptions): Promise<HttpsFace> {
  const { bmc, host, port, tls, resetMs } = options;
  const { misbehave, clock } = bmc;
  const redfish = createRedfishService(bmc);
  const answerRequest = createDispatcher(bmc, redfish);
  const sockets = new Set<Socket>();
  const requests: SeenRequest[] = [];
  let downUntil = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const seen: SeenRequest = { ...describe(request, body), at: clock.now(), status: undefined };
    requests.push(seen);
    if (requests.length > longestMemory) requests.shift();
    if (misbehave.hang) return;
    if (misbehave.slowMs) await new Promise<void>((resolve) => clock.after(misbehave.slowMs ?? 0, resolve));
    const answer = await answerRequest(request, body);
    if (answer === 'lost') return void request.socket.destroy();
    seen.status = answer.status;
    sendAnswer(response, answer, misbehave);
  };
  const server = createServer(
    { ...legacy(tls), requestTimeout: 30_000, headersTimeout: 15_000 },
    (request, response) => {
      serve(request, response).catch(() => request.socket.destroy());
    },
  );
  // Both kinds end at once with the card: raw ones that are in their handshake, and TLS ones.
  const track = (socket: Socket) => {
    if (clock.now() < downUntil) return void socket.destroy();
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', track);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  await listen(server, host, port);

  return {
    address: { host, port: (server.address() as AddressInfo).port },
    redfish,
    requests,
    dropAll,
    reset() {
      downUntil = clock.now() + resetMs;
      redfish.sessions.clear();
      dropAll();
    },
    async [Symbol.asyncDispose]() {
      const closing = new Promise((resolve) => server.close(resolve));
      dropAll();
      await closing;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

function createDispatcher(bmc: Bmc, redfish: RedfishService) {
  const { misbehave } = bmc;
  const answerWsman = createWsmanService(bmc);
  const answers = createAnswers(bmc.generation);

  const busy = (): HttpAnswer => {
    const { headers, ...answer } = answers.error(503, ['IDRAC.SYS518']);
    return { ...answer, headers: { ...headers, 'retry-after': '1' } };
  };
  const wsman = (request: IncomingMessage, body: string): Promise<FaceAnswer> | FaceAnswer => {
    if (misbehave.noWsman) return notFound;
    if (misbehave.wsmanHtml) return { status: 200, headers: html, body: page };
    if (request.method !== 'POST') return { status: 405, headers: { ...html, allow: 'POST' }, body: '' };
    const basic = readBasic(request.headers.authorization);
    if (basic && bmc.logins.blocked('wsman') && misbehave.blockDrops) return 'lost';
    const user = basic && bmc.logins.check('wsman', basic.name, basic.password);
    return user ? answerWsman(user, body) : unauthorized;
  };
  return (request: IncomingMessage, body: string | undefined): Promise<FaceAnswer> | FaceAnswer => {
    if (body === undefined) return { status: 413, headers: html, body: '' };
    if (misbehave.busy) {
      misbehave.busy--;
      return busy();
    }
    const path = pathOf(request);
    if (path === '/wsman') return wsman(request, body);
    if (/^\/redfish(\/|$)/.test(path) && !misbehave.noRedfish)
      return redfish.answer({ method: request.method ?? 'GET', path, headers: request.headers, body });
    if (path === '/') return { status: 200, headers: html, body: page };
    return notFound;
  };
}

const unauthorized: HttpAnswer = {
  status: 401,
  headers: { ...html, 'www-authenticate': 'Basic realm="OPENWSMAN"' },
  body: '<html><body>Unauthorized</body></html>',
};

/** OpenSSL 3 has switched off what old firmware speaks; it comes back at security level 0. */
function legacy(tls: HttpsTls) {
  const { key, cert, minVersion, maxVersion } = tls;
  const old = [minVersion, maxVersion].some((version) => version === 'TLSv1' || version === 'TLSv1.1');
  return {
    key,
    cert,
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(old && { minVersion: minVersion ?? ('TLSv1' as const), ciphers: 'DEFAULT:@SECLEVEL=0' }),
  };
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split(/[?#]/)[0] ?? '/';
}

function describe(request: IncomingMessage, body: string | undefined) {
  const [, action] = /<(?:\w+:)?Action[^>]*>[^<]*?\/(\w+)\s*</.exec(body ?? '') ?? [];
  return { method: request.method ?? '', path: pathOf(request), action };
}

/** The body as text; undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    // The rest is read and dropped, so that the answer reaches the client.
    if (length <= longestBody) chunks.push(chunk as Buffer);
  }
  return length > longestBody ? undefined : Buffer.concat(chunks).toString('utf8');
}
