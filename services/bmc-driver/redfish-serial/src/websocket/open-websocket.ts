import { connectTcp, formatHostPort } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { startTls, type TlsTrust } from '@consolemesh/tls';
import WebSocket from 'ws';
import { printable } from '../printable.ts';
import type { ServiceAddress } from '../read-address.ts';
import { UpgradeRefused } from './upgrade-refused.ts';

/** Largest message that is taken: bmcweb sends 4 KiB at most. */
const maxMessageBytes = 1024 * 1024;

/** What is asked for. */
export interface WebSocketRequest {
  readonly address: ServiceAddress;
  readonly trust: TlsTrust;
  /** Path and query. */
  readonly path: string;
  /** Secret: they carry the session. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subprotocol?: string | undefined;
}

/**
 * Opens a WebSocket; the certificate is judged before anything is sent. Nothing is followed to another place. It comes paused: nothing of
 * what the BMC sends at once is lost.
 * @throws UpgradeRefused; TlsError; MeshError BMC_*, CANCELLED
 */
export async function openWebSocket(request: WebSocketRequest, signal: AbortSignal): Promise<WebSocket> {
  const { address, trust, path, headers, subprotocol } = request;
  const { host, port, plain } = address;
  const where = formatHostPort(host, port);
  const tcp = await connectTcp(address, { signal });
  const carrier = plain ? tcp : await startTls(tcp, trust, signal);
  // RFC 6874: a zone is this host's own business.
  const authority = formatHostPort(host.replace(/%.*$/, ''), port);
  const socket = new WebSocket(`ws://${authority}${path}`, subprotocol === undefined ? [] : [subprotocol], {
    createConnection: () => carrier,
    headers,
    origin: `${plain ? 'http' : 'https'}://${authority}`,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    followRedirects: false,
  });
  // Stays: an error between two owners must not end the process.
  socket.on('error', () => {});
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        // Before the next tick, in which it would begin to hand over what has come with the answer.
        socket.pause();
        resolve();
      });
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        reject(new UpgradeRefused(response.statusCode ?? 0));
      });
      socket.once('error', (error) => reject(notOpened(error, where)));
    });
    return socket;
  } catch (error) {
    socket.terminate();
    carrier.destroy();
    throw signal.aborted ? new MeshError('CANCELLED', undefined, { cause: error }) : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function notOpened(error: Error, where: string): MeshError {
  const text = `${where}: no WebSocket could be opened (${printable(error.message)}).`;
  return new MeshError('BMC_PROTOCOL_ERROR', text, { cause: error });
}
