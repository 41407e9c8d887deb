import { randomFillSync } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { serveCommands } from '../serve-commands.ts';

// The VNC servers behind the proxies: RFB 3.8 with None, then a source or a sink of bytes that looks at none of them.

/** 1024 x 768, 32 bit true colour, called "bench". Source: RFC 6143 section 7.3.2. */
const serverInit = Buffer.from('040003002018000100ff00ff00ff1008000000000000000562656e6368', 'hex');
const banner = Buffer.from('RFB 003.008\n');
/** Security types (one: None), and the word that it went well. */
const offer = Buffer.from([1, 1]);
const accepted = Buffer.from([0, 0, 0, 0]);
/** Bytes of the viewer at which each step of the handshake is complete: version, security type, ClientInit. */
const steps = [12, 13, 14];

const piece = randomFillSync(Buffer.allocUnsafe(256 * 1024));
const viewers = new Set<Socket>();
let received = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached: (() => void) | undefined;

const server = createServer({ noDelay: true }, (socket) => greet(socket));
server.listen({ host: '127.0.0.1', port: 0, backlog: 2_048 });

function greet(socket: Socket): void {
  let seen = 0;
  const answers = [offer, accepted, serverInit];
  socket.on('error', () => {});
  socket.on('close', () => viewers.delete(socket));
  socket.on('data', (chunk) => {
    if (answers.length === 0) return count(chunk.length);
    seen += chunk.length;
    while (answers.length > 0 && seen >= steps[3 - answers.length]!) socket.write(answers.shift()!);
    if (answers.length > 0) return;
    viewers.add(socket);
    if (seen > 14) count(seen - 14);
  });
  socket.write(banner);
}

function count(bytes: number): void {
  received += bytes;
  if (received >= wanted) reached?.();
}

/** Writes so many bytes to one viewer, no more waiting than the socket wants. */
function blast(socket: Socket, bytes: number): void {
  let left = bytes;
  const go = () => {
    while (left > 0 && !socket.destroyed) {
      const next = left >= piece.length ? piece : piece.subarray(0, left);
      left -= next.length;
      if (!socket.write(next)) return void socket.once('drain', go);
    }
  };
  go();
}

serveCommands({
  async port() {
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
    return (server.address() as AddressInfo).port;
  },
  viewers: () => viewers.size,
  blast({ bytesEach }: { bytesEach: number }) {
    for (const socket of viewers) blast(socket, bytesEach);
  },
  /** From now on bytes are counted from 0. */
  reset() {
    received = 0;
    wanted = Number.POSITIVE_INFINITY;
  },
  /** Answers when so many bytes have come since `reset`. */
  receive({ bytes }: { bytes: number }) {
    wanted = bytes;
    if (received >= bytes) return received;
    return new Promise((resolve) => {
      reached = () => {
        reached = undefined;
        resolve(received);
      };
    });
  },
  received: () => received,
});
