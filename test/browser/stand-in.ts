import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type WebSocket, WebSocketServer } from 'ws';
import { createScriptedRfb, type ScriptedRfb } from './scripted-rfb.ts';

/** The policy under which the page must work; the server that serves it sends the same. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What the page sent first. */
export interface Opening {
  readonly type: 'open';
  readonly token?: string;
  readonly resume?: string;
  readonly takeOver?: boolean;
}

/** One connection of the page, for the test to script. */
export interface Connection {
  readonly opening: Opening;
  /** Sends a control message. */
  tell(message: object): void;
  /** Answers `opened` and begins RFB. */
  open(fields?: object): ScriptedRfb;
  /** Sends `closing` and closes. */
  close(reason: string, fields?: object): void;
  /** Cuts the connection without a word. */
  cut(): void;
  /** The next control message of the page after `open`. */
  next(): Promise<{ readonly type: string }>;
  readonly closed: boolean;
}

/** A stand-in for the proxy: the built page as static files and a scripted session endpoint. */
export interface StandIn extends AsyncDisposable {
  /** Address of the page, with a base path and a slash at the end. */
  readonly url: string;
  /** Next connection of a page. */
  next(): Promise<Connection>;
  /** Paths and queries that were asked for, with their `Referer` where one came. */
  readonly requests: readonly string[];
}

interface Manifest {
  readonly index: string;
  readonly files: readonly { readonly path: string; readonly type: string }[];
}

const page = fileURLToPath(new URL('../../services/novncproxy/dist/page/', import.meta.url));
const builder = fileURLToPath(new URL('../../services/novncproxy/build-page.mjs', import.meta.url));
const basePath = '/consoles/';
const pageNames = ['', 'vnc.html', 'vnc_lite.html', 'vnc_auto.html'];

/** Builds the page as `npm run build:page` does. */
export async function buildPage(): Promise<void> {
  await promisify(execFile)(process.execPath, [builder]);
}

/** Serves the built page on a free port of loopback. */
export async function startStandIn(): Promise<StandIn> {
  const manifest = JSON.parse(await readFile(`${page}manifest.json`, 'utf8')) as Manifest;
  const requests: string[] = [];
  const connections = createQueue<Connection>();
  let tickets = 0;

  const server = createServer((request, response) => {
    requests.push(`${request.url} ${request.headers.referer ?? ''}`.trim());
    const path = new URL(request.url ?? '/', 'http://stand.in').pathname.slice(basePath.length);
    void serve(response, manifest, pageNames.includes(path) ? manifest.index : path);
  });
  const sockets = new WebSocketServer({ server, path: `${basePath}session` });
  sockets.on('connection', (socket: WebSocket) => {
    void accept(socket, () => `ticket-${++tickets}`).then(connections.add);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${basePath}`,
    requests,
    next: connections.next,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(response: ServerResponse, manifest: Manifest, path: string): Promise<void> {
  const file = manifest.files.find((one) => one.path === path);
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': file.type,
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(await readFile(page + file.path));
}

async function accept(socket: WebSocket, ticket: () => string): Promise<Connection> {
  const controls = createQueue<{ readonly type: string }>();
  let rfb: ScriptedRfb | undefined;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) rfb?.receive(data);
    else controls.add(JSON.parse(data.toString()));
  });
  const tell = (message: object) => socket.send(JSON.stringify(message));
  const opening = (await controls.next()) as Opening;
  return {
    opening,
    tell,
    next: controls.next,
    open(fields) {
      tell({
        type: 'opened',
        session: '5a0c3c52-2a7e-4a43-9f0e-0d9b2f3f6c11',
        node: 'rack4-node7',
        kind: 'graphical',
        role: 'control',
        subject: 'alice@example.org',
        resume: ticket(),
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        idleTimeoutMs: 900_000,
        unverifiedTls: false,
        ...fields,
      });
      rfb = createScriptedRfb((data) => socket.send(data), 0x2050a0);
      return rfb;
    },
    close(reason, fields) {
      tell({ type: 'closing', reason, message: '', canResume: false, retryAfterMs: null, ...fields });
      socket.close(4400, reason);
    },
    cut: () => socket.terminate(),
    get closed() {
      return socket.readyState !== socket.OPEN;
    },
  };
}

/** Hands out what is added, in order, waiting for it where it has not come yet. */
function createQueue<T>() {
  const waiting: ((item: T) => void)[] = [];
  const items: T[] = [];
  return {
    add(item: T): void {
      const next = waiting.shift();
      if (next) next(item);
      else items.push(item);
    },
    next: (): Promise<T> => {
      const item = items.shift();
      return item === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(item);
    },
  };
}
