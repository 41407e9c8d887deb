import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A client that was refused in the TLS handshake for the certificate that it showed, or did not show. */
export interface RefusedHandshake {
  /** Address of the client, without its port; empty when it is not known any more. */
  readonly address: string;
  /** What is wrong with its certificate: OpenSSL's word for it, or `NO_CERTIFICATE`. */
  readonly why: string;
}

/** Where Node.js publishes each socket that a server of this process accepts. */
const accepted = 'net.server.socket';

/** OpenSSL's code for a client that shows nothing where a certificate is asked for. */
const noCertificate = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';

/**
 * Tells of clients that the servers at `port` refuse in the TLS handshake, until it is disposed. What breaks off for another reason (a look
 * whether the port is open, another protocol) is no refusal and not told. grpc-js keeps its HTTP/2 server to itself, so it is found by
 * what it accepts.
 */
export function watchHandshakes(port: number, onRefused: (refused: RefusedHandshake) => void): Disposable {
  const servers = new Set<Server>();
  const addresses = new WeakMap<object, string>();

  const judge = (error: NodeJS.ErrnoException, socket: TLSSocket & { _parent?: object }) => {
    const why = error.code === noCertificate ? 'NO_CERTIFICATE' : socket.authorizationError;
    // By now the socket has forgotten where it came from; the one below it was asked in time.
    if (why) onRefused({ address: addresses.get(socket._parent ?? socket) ?? '', why: `${why}` });
  };
  const listen = (message: unknown) => {
    const { socket } = message as { socket: Socket & { server?: Server } };
    const { server } = socket;
    if (socket.localPort !== port || !server) return;
    addresses.set(socket, socket.remoteAddress ?? '');
    if (servers.has(server)) return;
    servers.add(server);
    server.on('tlsClientError', judge);
  };
  subscribe(accepted, listen);
  return {
    [Symbol.dispose]() {
      unsubscribe(accepted, listen);
      for (const server of servers) server.off('tlsClientError', judge);
    },
  };
}
