import { createHash } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The sub-protocols that a client offers, in its order. */
export function offeredProtocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** Why a request does not become a WebSocket. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  readonly message: string;
}

/** What is wrong with a request for a WebSocket; undefined when nothing is. Source: RFC 6455 section 4.2.1. */
export function upgradeProblem(request: IncomingMessage): Refusal | undefined {
  const { headers, method } = request;
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') {
    return { status: 400, message: 'Only an upgrade to a WebSocket is possible here.' };
  }
  if (headers['sec-websocket-version'] !== '13') {
    return { status: 426, message: 'Only version 13 of the WebSocket protocol is spoken here.' };
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    return { status: 400, message: 'The header Sec-WebSocket-Key is missing or malformed.' };
  }
  return undefined;
}

/** Answers 101. No extension is ever agreed: console bytes are compressed already where that helps. */
export function acceptUpgrade(request: IncomingMessage, socket: Socket, protocol: string | undefined): void {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${guid}`).digest('base64');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

/** Answers a request that will not become a WebSocket, and closes. */
export function refuseUpgrade(socket: Socket, { status, message }: Refusal): void {
  const body = `${message}\n`;
  socket.on('error', () => {});
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      'X-Content-Type-Options: nosniff',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), 2_000).unref();
}
