import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { encodeAsf } from '../codec/asf.ts';
import { encodeRmcp } from '../codec/rmcp.ts';

/** How long silence may last, ms; a refusal of the same network comes within a round trip. */
const PATIENCE_MS = 500;
/** Sockets that are open at once: a whole rack may be dark. */
const MOST = 16;

/**
 * Tells a refused port from silence. Linux reports ICMP "port unreachable" only to connected sockets, so this asks with a short-lived one:
 * a presence ping, which every IPMI machine may answer and none minds.
 */
export function createRefusalProbe(): (address: string, port: number) => Promise<boolean> {
  let running = 0;
  return async (address, port) => {
    // With so many silent machines one reason more or less matters little: no queue.
    if (running >= MOST) return false;
    running += 1;
    try {
      return await isRefused(address, port);
    } finally {
      running -= 1;
    }
  };
}

function isRefused(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const finish = (refused: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      resolve(refused);
    };
    const timer = setTimeout(() => finish(false), PATIENCE_MS);
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'));
    socket.once('message', () => finish(false));
    // Tells of an address to which there is no way; the library's types know nothing of that.
    socket.connect(port, address, (noWay?: Error) => {
      if (noWay) return finish(false);
      // The error of this very send is no answer yet: a refusal comes as an event of the socket, or to the next send.
      socket.send(encodeRmcp('asf', encodeAsf({ kind: 'ping', tag: 0 })), (error) => {
        if (error) finish((error as NodeJS.ErrnoException).code === 'ECONNREFUSED');
      });
    });
  });
}
