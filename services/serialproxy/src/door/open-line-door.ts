import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { MeshError, type Reason } from '@consolemesh/errors';
import { isLoopback, type Logger } from '@consolemesh/mesh';
import {
  type Client,
  type DoorTls,
  endInOrder,
  followTlsFiles,
  type Link,
  type PlainWish,
  plainAddress,
  plainTcpClient,
  readTlsFiles,
  type Speech,
  streamLink,
} from '@consolemesh/proxy';
import { lastWords, sentence, withoutControls } from '../speech.ts';
import { framedClient } from './framed-client.ts';
import { longestRequest, openedLine, parseLineRequest, refusedLine } from './line-request.ts';
import { type NoLine, readFirstLine } from './read-first-line.ts';

/** A door for programs that speak no HTTP. */
export interface LineDoorOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** Required unless it listens on loopback. */
  readonly tls: DoorTls | undefined;
  /** How long the first line may take, and TLS before it, ms. */
  readonly handshakeMs: number;
  readonly maxConnections: number;
  readonly logger: Logger;
  serveClient(client: Client, wish: PlainWish): Promise<void>;
  /** How often the TLS files are looked at, ms. */
  readonly tlsPollMs?: number;
}

/** The door, open. */
export interface LineDoor extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  reloadTls(): boolean;
  /** Takes no new connection. */
  stopListening(): void;
}

/** Opens it. Rejects with an error that says what is wrong with address or certificate. */
export async function openLineDoor(options: LineDoorOptions): Promise<LineDoor> {
  const { listen, tls, handshakeMs, logger } = options;
  if (!tls && !isLoopback(listen.host)) {
    throw new Error(
      `the line door on ${listen.host} needs a certificate: without TLS tokens would pass in the clear`,
    );
  }
  const sockets = new Set<Socket>();
  const server: Server | TlsServer = tls
    ? createTlsServer({ ...readTlsFiles(tls), handshakeTimeout: handshakeMs })
    : createServer();
  server.maxConnections = options.maxConnections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A connection that breaks in TLS or before its first line is nobody's error.
    socket.on('error', () => {});
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
  });
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => void greet(socket, options));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const reload =
    tls &&
    followTlsFiles(
      tls,
      (next) => (server as TlsServer).setSecureContext(next),
      logger,
      options.tlsPollMs ?? 10_000,
    );
  return {
    address: `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`,
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

/** Reads what the client wants and hands it to the admission that all clients go through. */
async function greet(socket: Socket, { handshakeMs, serveClient }: LineDoorOptions): Promise<void> {
  socket.on('error', () => {});
  const address = plainAddress(socket.remoteAddress ?? '');
  const first = await readFirstLine(socket, { longest: longestRequest, ms: handshakeMs });
  const link = streamLink(socket);
  if ('problem' in first) return refuse(link, ...problems[first.problem]);
  const request = parseLineRequest(first.line);
  if (typeof request === 'string') return refuse(link, 'PROTOCOL_VIOLATION', request);
  const { wish, size, mode } = request;
  const client =
    mode === 'frames' ? framedClient(link, address, size) : plainTcpClient(link, address, rawSpeech, size);
  await serveClient(client, wish);
}

const problems: Readonly<Record<NoLine, readonly [Reason, string]>> = {
  'too-long': ['PROTOCOL_VIOLATION', `The first line is longer than ${longestRequest} bytes.`],
  'too-late': ['HANDSHAKE_TIMEOUT', new MeshError('HANDSHAKE_TIMEOUT').message],
  gone: ['CLIENT_CLOSED', new MeshError('CLIENT_CLOSED').message],
};

async function refuse(link: Link, reason: Reason, message: string): Promise<void> {
  await lastWords(link, refusedLine(reason, message));
  endInOrder(link);
}

/** Mode `raw`: the line's bytes, and sentences of ours on lines of their own. */
const rawSpeech: Speech = {
  greeting: openedLine,
  refuse: (link, { reason, message }) => lastWords(link, refusedLine(reason, withoutControls(message))),
  sentence,
};
