import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { createHandshakeStream, type HandshakeStream } from './handshake-stream.ts';
import { headroom, type Link, type Receive } from './link.ts';
import { createReadMemory, type ReadMemory } from './read-memory.ts';
import { createWriter } from './writer.ts';

/** Where to connect. */
export interface DialOptions {
  /** Name or address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Connects and answers the plain socket, for TLS on top. Every address of a name is tried. Rejects with the system's error. */
export async function dialSocket(options: DialOptions): Promise<Socket> {
  const socket = connect(connectOptions(options));
  await connected(socket, options.signal);
  return socket;
}

/**
 * Connects and answers a link that reads into memory of its own, again and again, and leaves room for a WebSocket header in front of
 * what it read: bytes go from one kernel buffer to the other without a copy and without garbage. Rejects with the system's error.
 */
export async function dialTcp(options: DialOptions): Promise<Link> {
  const memory = createReadMemory();
  let deliver: (chunk: Buffer) => boolean = () => true;
  const socket = connect({
    ...connectOptions(options),
    onread: {
      buffer: () => memory.next(),
      callback(bytes, into) {
        const free = deliver(Buffer.from(into.buffer, into.byteOffset, bytes));
        memory.used(bytes, free);
        return free;
      },
    },
  });
  const { link, receive } = socketLink(socket, memory);
  deliver = receive;
  await connected(socket, options.signal);
  return link;
}

function connectOptions({ host, port }: DialOptions): TcpNetConnectOpts {
  return {
    host,
    port,
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
}

async function connected(socket: Socket, signal: AbortSignal): Promise<void> {
  // Stays: an error after the last owner let go must not become uncaught.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function socketLink(socket: Socket, memory: ReadMemory): { link: Link; receive(chunk: Buffer): boolean } {
  let receive: Receive | undefined;
  let over = false;
  let ended: { error: Error | undefined } | undefined;
  let handshake: HandshakeStream | undefined = createHandshakeStream({
    read: () => socket.resume(),
    write: (chunk, written) => socket.write(chunk, written),
    finish: () => socket.end(),
    destroy: () => socket.destroy(),
  });

  const tell = (error?: Error) => {
    if (over) return;
    if (handshake) {
      ended ??= { error };
      if (error) handshake.fail(error);
      else handshake.end();
      return;
    }
    over = true;
    link.onOver(error);
  };
  const writer = createWriter(socket, () => link.onWritten());

  const link: Link = {
    stream: handshake.stream,
    relay(to) {
      const rest = handshake?.detach();
      handshake = undefined;
      receive = to;
      const goesOn = rest === undefined || to(rest, 0);
      if (ended) tell(ended.error);
      else if (goesOn) socket.resume();
      else socket.pause();
    },
    resume: () => void socket.resume(),
    write: (chunk, room) => writer.write(chunk, room > 0),
    onWritten: () => {},
    onOver: () => {},
    get pending() {
      return socket.writableLength;
    },
    destroy() {
      over = true;
      socket.destroy();
    },
  };
  socket.on('error', tell);
  socket.on('end', () => tell());
  socket.on('close', () => {
    tell();
    memory.release();
  });
  return {
    link,
    receive(chunk) {
      if (over) return true;
      if (receive) return receive(chunk, headroom);
      // The handshake keeps what it reads, so it gets memory of its own.
      return handshake?.push(Buffer.from(chunk)) ?? true;
    },
  };
}
