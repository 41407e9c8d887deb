import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from '@consolemesh/mesh';
import type { FrameLimits } from '../websocket/frame-reader.ts';
import {
  acceptUpgrade,
  offeredProtocols,
  type Refusal,
  refuseUpgrade,
  upgradeProblem,
} from '../websocket/upgrade.ts';
import { createWebSocketLink, type WebSocketLink } from '../websocket/websocket-link.ts';
import { isOriginAllowed, type OriginRules } from './check-origin.ts';
import { type AddressSet, type Origination, originationOf } from './client-address.ts';
import type { PageFiles } from './page-files.ts';
import { serveFile } from './serve-files.ts';
import { type DoorTls, followTlsFiles, readTlsFiles, type TlsReload } from './tls-files.ts';

/** A path that is upgraded to a WebSocket. */
export interface DoorRoute {
  /** Below the base path, such as `session`. */
  readonly path: string;
  /** Sub-protocols that are spoken, best first. */
  readonly protocols: readonly string[];
  /** Whether a client has to offer one of them. */
  readonly protocolRequired: boolean;
  /** Text frames are bytes as binary ones are. */
  readonly textIsData?: boolean;
  /** Takes the connection; the query may hold a secret and is logged by nobody. */
  serve(socket: WebSocketLink, from: Origination, query: URLSearchParams): void;
}

/** A front door. */
export interface DoorOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** Begins and ends with `/`. */
  readonly basePath: string;
  readonly tls: DoorTls | undefined;
  readonly origins: OriginRules;
  readonly trustedProxies: AddressSet;
  readonly frameAncestors: readonly string[];
  readonly files: PageFiles;
  /** Further paths that show the page. */
  readonly pages: readonly string[];
  readonly routes: readonly DoorRoute[];
  readonly frameLimits: FrameLimits;
  /** Connections of all kinds. */
  readonly maxConnections: number;
  /** How long the head of a request may take, ms. */
  readonly headersMs: number;
  /** What `/healthz` answers: whether new sessions are taken. */
  healthy(): boolean;
  readonly logger: Logger;
  /** How often the TLS files are looked at, ms. */
  readonly tlsPollMs?: number;
}

/** The door, open. */
export interface Door extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** URL of the page as this server sees it. */
  readonly url: string;
  /** Looks at the TLS files now; answers whether they are new. */
  reloadTls(): boolean;
  /** Takes no new connection. */
  stopListening(): void;
}

/** Opens it. Rejects with an error that says what is wrong with address or certificate. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { listen, tls, logger } = options;
  const limits = {
    headersTimeout: options.headersMs,
    requestTimeout: options.headersMs * 2,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(options.headersMs, 5_000),
    maxHeaderSize: 16 * 1024,
  };
  const server: Server | TlsServer = tls
    ? createTlsServer({ ...limits, ...readTlsFiles(tls), handshakeTimeout: options.headersMs })
    : createServer(limits);
  server.maxConnections = options.maxConnections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A connection that breaks in TLS or before its request is nobody's error.
    socket.on('error', () => {});
  });
  server.on('request', (request, response) => answer(request, response, options));
  server.on('upgrade', (request, socket, head) => upgrade(request, socket as Socket, head, options));
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('tlsClientError', () => {});
  await listening(server, listen);
  const reload: TlsReload | undefined =
    tls &&
    followTlsFiles(
      tls,
      (next) => (server as TlsServer).setSecureContext(next),
      logger,
      options.tlsPollMs ?? 10_000,
    );
  const { port } = server.address() as AddressInfo;
  const shown = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    host: listen.host,
    port,
    url: `${tls ? 'https' : 'http'}://${shown}:${port}${options.basePath}`,
    reloadTls: () => reload?.reload() ?? false,
    stopListening: () => void server.close(),
    async [Symbol.asyncDispose]() {
      reload?.[Symbol.dispose]();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        new Error(
          taken
            ? `port ${port} on ${host} is taken by another program; choose another port`
            : `cannot listen on ${host}:${port}: ${cause.message}`,
          { cause },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function answer(request: IncomingMessage, response: ServerResponse, options: DoorOptions): void {
  const { path } = split(request.url ?? '/', options.basePath);
  if (request.url?.split('?')[0] === '/healthz' || path === 'healthz') {
    const well = options.healthy();
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
    response.writeHead(well ? 200 : 503, headers).end(well ? 'ok\n' : 'not serving\n');
    return;
  }
  if (path === undefined && `${request.url?.split('?')[0]}/` === options.basePath) {
    // The page names its files relative to the base path.
    const query = request.url?.slice(options.basePath.length - 1) ?? '';
    response.writeHead(308, { Location: `${options.basePath}${query}`, 'Cache-Control': 'no-store' }).end();
    return;
  }
  if (path === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found.\n');
    return;
  }
  serveFile(request, response, path, {
    files: options.files,
    pages: options.pages,
    frameAncestors: options.frameAncestors,
    strictTransport: originationOf(request, options.trustedProxies).scheme === 'https',
  });
}

function upgrade(request: IncomingMessage, socket: Socket, head: Buffer, options: DoorOptions): void {
  const { path, query } = split(request.url ?? '/', options.basePath);
  const route = options.routes.find((known) => known.path === path);
  const from = originationOf(request, options.trustedProxies);
  const offered = offeredProtocols(request);
  const protocol = route?.protocols.find((name) => offered.includes(name));
  const refusal = route ? refusalOf(request, from, route, protocol, options) : notHere;
  if (refusal || !route) {
    refuseUpgrade(socket, refusal ?? notHere);
    return;
  }
  acceptUpgrade(request, socket, protocol);
  const { frameLimits } = options;
  const { textIsData = false } = route;
  route.serve(createWebSocketLink(socket, head, { ...frameLimits, textIsData }), from, query);
}

const notHere: Refusal = { status: 404, message: 'There is nothing to upgrade here.' };

function refusalOf(
  request: IncomingMessage,
  from: Origination,
  route: DoorRoute,
  protocol: string | undefined,
  { origins, logger }: DoorOptions,
): Refusal | undefined {
  const problem = upgradeProblem(request);
  if (problem) return problem;
  const { origin } = request.headers;
  if (!isOriginAllowed(origin, from, origins)) {
    logger.warn(
      { client: from.address, origin: origin?.slice(0, 200), host: from.host.slice(0, 200) },
      'refused a page of another origin; allow it by CONSOLEMESH_ALLOWED_ORIGINS, or trust the reverse proxy by CONSOLEMESH_TRUSTED_PROXIES',
    );
    return { status: 403, message: 'ORIGIN_REFUSED: this page may not open consoles here.' };
  }
  const mustOffer = route.protocolRequired || offeredProtocols(request).length > 0;
  if (protocol === undefined && mustOffer) {
    return { status: 400, message: `Offer the sub-protocol ${route.protocols.join(' or ')}.` };
  }
  return undefined;
}

/** The path below the base path without a slash in front, undefined for what lies elsewhere, and the query. */
function split(url: string, basePath: string): { path: string | undefined; query: URLSearchParams } {
  const mark = url.indexOf('?');
  const whole = mark < 0 ? url : url.slice(0, mark);
  const path = whole.startsWith(basePath) ? whole.slice(basePath.length) : undefined;
  return { path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
}
