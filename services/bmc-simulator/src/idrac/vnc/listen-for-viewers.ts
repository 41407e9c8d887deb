import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, DEFAULT_CIPHERS, type TlsOptions } from 'node:tls';

/** How the port is listened on. */
export interface ListenOptions {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** TLS from the first byte with this; undefined = in the clear. */
  readonly tls: TlsOptions | undefined;
  /** Whether a fresh connection is left standing without a word, not even of TLS. */
  readonly mute: () => boolean;
  /** A connection whose TLS, if any, is done. Its errors are listened to already. */
  readonly onConnection: (stream: Duplex) => void;
}

/** A port that is listened on. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Hangs up on everybody and goes on listening. */
  dropAll(): void;
}

/** A viewer has so long for the handshake of TLS. */
const tlsHandshakeMs = 15_000;

/** @throws the error of `listen`, such as EADDRINUSE */
export async function listenForViewers(options: ListenOptions): Promise<Listening> {
  const { tls, mute, onConnection } = options;
  const sockets = new Set<Socket>();
  // Never listens itself: connections are handed to it, so that a mute server does not begin TLS.
  const secure = tls && createTlsServer({ ...tls, handshakeTimeout: tlsHandshakeMs });
  secure?.on('secureConnection', (stream) => {
    stream.on('error', () => {});
    onConnection(stream);
  });
  secure?.on('tlsClientError', (_error, stream) => stream.destroy());
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    // A viewer that resets its connection is an everyday thing and must not end the process.
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (mute()) socket.resume();
    else if (secure) secure.emit('connection', socket);
    else onConnection(socket);
  });
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: await listen(server, options),
    dropAll,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      dropAll();
      await closed;
    },
  };
}

function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Everything OpenSSL still knows, which TLS 1.0 and 1.1 need. */
const weakCiphers = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;

/** What an iDRAC's TLS is like. */
export function tlsOptions(
  identity: { readonly key: string; readonly cert: string },
  { lower, old }: { readonly lower: boolean; readonly old: boolean },
): TlsOptions {
  if (old) return { ...identity, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: weakCiphers };
  return lower
    ? { ...identity, minVersion: 'TLSv1', ciphers: weakCiphers }
    : { ...identity, minVersion: 'TLSv1.2' };
}
