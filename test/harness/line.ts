import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where a line leads. */
export interface Backend {
  readonly host: string;
  readonly port: number;
}

/**
 * A TCP address on loopback that stays the same while what stands behind it comes and goes: the cable of one part of a mesh. A service
 * address when several stand behind it: each connection goes to the first that can be reached.
 */
export interface Line extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** gRPC target URI. */
  readonly target: string;
  /** Connections at present. */
  readonly open: number;
  /** Pulls the plug: every connection is reset, new ones are refused. */
  cut(): void;
  /** Lets connections in again. */
  mend(): Promise<void>;
}

/**
 * Below the ports that Linux gives to outgoing connections: while a line is cut, one of those would take the port, at the latest when
 * somebody who tries to reach the line is connected to himself.
 */
const portRange = [12_000, 32_000] as const;

/** Opens a line; `backends` is asked for each connection. */
export async function openLine(backends: () => readonly Backend[]): Promise<Line> {
  const sockets = new Set<Socket>();
  let server: Server = await listenSomewhere();
  const { port } = server.address() as AddressInfo;

  async function listenSomewhere(): Promise<Server> {
    for (let attempt = 0; ; attempt += 1) {
      const candidate = listenFor();
      candidate.listen(randomInt(...portRange), '127.0.0.1');
      try {
        await once(candidate, 'listening');
        return candidate;
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
  }

  function listenFor(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void join(socket));
  }

  function track(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  }

  async function join(client: Socket): Promise<void> {
    track(client);
    for (const backend of backends()) {
      const upstream = track(connect({ ...backend, allowHalfOpen: true, noDelay: true }));
      const reached = await Promise.race([
        once(upstream, 'connect').then(
          () => true,
          () => false,
        ),
        once(upstream, 'close').then(() => false),
      ]);
      if (!reached) continue;
      if (client.destroyed) return void upstream.destroy();
      client.pipe(upstream);
      upstream.pipe(client);
      // An end of one side is piped; a break of one side breaks the other.
      client.once('close', () => upstream.destroy());
      upstream.once('close', () => client.destroy());
      return;
    }
    client.resetAndDestroy();
  }

  return {
    host: '127.0.0.1',
    port,
    target: `dns:///127.0.0.1:${port}`,
    get open() {
      return sockets.size;
    },
    cut() {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async mend() {
      server = listenFor();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async [Symbol.asyncDispose]() {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
