import { once } from 'node:events';
import { createServer as createPlain, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';

/** A server for tests; disposing closes its connections too. */
export interface TestServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** TCP connections ever accepted. */
  readonly connections: number;
  /** Connections open now, as the server sees it. */
  readonly open: number;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
}

/** An HTTPS server, by default with the certificate of `selfSigned()`. */
export function startHttps(
  handler: RequestListener,
  tls: TlsOptions = selfSigned(),
  host?: string,
): Promise<TestServer> {
  return listening(patient(createSecure(tls, handler)), host);
}

export function startHttp(handler: RequestListener): Promise<TestServer> {
  return listening(patient(createPlain(handler)));
}

/** TLS, and then whatever `talk` says. */
export function startTlsServer(talk: (socket: Socket) => void): Promise<TestServer> {
  return listening(createTls(selfSigned(), (socket) => talk(socket.on('error', () => {}))));
}

export function startTcp(talk: (socket: Socket) => void): Promise<TestServer> {
  return listening(createTcp(talk));
}

/** Whether a connection is kept is up to the test, not to Node's five seconds. */
function patient<T extends HttpServer>(server: T): T {
  server.keepAliveTimeout = 0;
  return server;
}

async function listening(server: Server, host = '127.0.0.1'): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let onIdle = () => {};
  server.on('tlsClientError', () => {});
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) onIdle();
    });
  });
  await once(server.listen(0, host), 'listening');
  return {
    host,
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    idle: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else onIdle = resolve;
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
