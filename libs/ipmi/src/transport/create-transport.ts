import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6, SocketAddress } from 'node:net';
import { IpmiError } from '../errors.ts';
import { createFlowTable, type Entry } from './flow-table.ts';
import { createRefusalProbe } from './refusal-probe.ts';
import type { Transport } from './transport.ts';

export interface TransportOptions {
  /** Receive buffer of each socket in the kernel, bytes; Linux grants at most net.core.rmem_max. Default 4 MiB. */
  receiveBufferBytes?: number;
}

export interface UdpTransport extends Transport {
  /** What has come in so far; `unclaimed` belonged to nobody or was too long. */
  readonly counters: { readonly received: number; readonly unclaimed: number };
}

/** No valid packet is longer: a session header, 259 bytes of SOL, IV, pads and code. */
const LONGEST_PACKET = 2_048;

type Family = 'udp4' | 'udp6';

interface UdpEntry extends Entry {
  readonly family: Family;
}

/**
 * All sessions of a process over one UDP socket for each address family, opened with the first session and closed after the last.
 * The sockets are not connected, so the kernel does not tell them about refused ports: `refuses` asks with a socket of its own.
 */
export function createTransport({
  receiveBufferBytes = 4 * 1024 * 1024,
}: TransportOptions = {}): UdpTransport {
  const counters = { received: 0, unclaimed: 0 };
  const sockets = new Map<Family, { socket: Socket; users: number }>();
  const table = createFlowTable<UdpEntry>(() => randomBytes(4).readUInt32LE());
  const probe = createRefusalProbe();
  let disposed = false;

  function acquire(family: Family): Socket {
    const open = sockets.get(family);
    if (open) {
      open.users += 1;
      return open.socket;
    }
    const socket = createSocket({
      type: family,
      recvBufferSize: receiveBufferBytes,
      // Addresses only come here, and the default would go through a queue for each packet.
      lookup: (host, _options, callback) => callback(null, host, family === 'udp4' ? 4 : 6),
    });
    socket.on('message', (packet, { address, port }) => {
      counters.received += 1;
      if (packet.length > LONGEST_PACKET || !table.dispatch(packet, address, port)) counters.unclaimed += 1;
    });
    // Errors of sends come to the sends; whatever else happens here shows as silence, which every session watches for.
    socket.on('error', () => {});
    socket.bind(0);
    sockets.set(family, { socket, users: 1 });
    return socket;
  }

  function release(family: Family): void {
    const open = sockets.get(family);
    if (!open) return;
    open.users -= 1;
    if (open.users > 0) return;
    sockets.delete(family);
    open.socket.close();
  }

  return {
    counters,
    resolve,
    refuses: (address, port) => probe(address, port),
    open({ address, port, onPacket, onError }) {
      if (disposed) throw new IpmiError('CLOSED', 'the transport is disposed');
      const family: Family = isIPv6(address) ? 'udp6' : 'udp4';
      const socket = acquire(family);
      const entry: UdpEntry = { address, port, family, sessionId: 0, onPacket };
      table.add(entry);
      let closed = false;
      const sent = (error: Error | null) => {
        if (error && !closed) onError(sendError(error, address));
      };
      return {
        get sessionId() {
          return entry.sessionId;
        },
        renew: () => table.renew(entry),
        send(packet) {
          if (closed) return;
          try {
            socket.send(packet, port, address, sent);
          } catch (error) {
            onError(sendError(error as Error, address));
          }
        },
        [Symbol.dispose]() {
          if (closed) return;
          closed = true;
          table.remove(entry);
          release(family);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      const closing = [...sockets.values()].map(
        ({ socket }) => new Promise<void>((resolve) => socket.close(() => resolve())),
      );
      sockets.clear();
      await Promise.all(closing);
    },
  };
}

async function resolve(host: string): Promise<string> {
  try {
    const { address } = await lookup(host);
    return canonical(address);
  } catch (cause) {
    throw new IpmiError('UNREACHABLE', `no address for the name ${host}`, { cause });
  }
}

/** As the kernel writes addresses of senders, so that both can be compared. */
function canonical(address: string): string {
  if (!isIPv6(address)) return address;
  const [bare = '', scope] = address.split('%');
  const written = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return scope === undefined ? written : `${written}%${scope}`;
}

function sendError(cause: Error, address: string): IpmiError {
  const code = (cause as NodeJS.ErrnoException).code ?? cause.message;
  return new IpmiError('UNREACHABLE', `cannot send to ${address}: ${code}`, { cause });
}
