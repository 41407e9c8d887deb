import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { MeshError } from '@consolemesh/errors';
import { type AddressSet, parseAddressSet, plainAddress } from '../door/client-address.ts';
import { streamLink } from '../link/stream-link.ts';
import type { ProxyCore } from '../session/core.ts';
import { type PlainSpeech, plainTcpClient } from '../session/plain-client.ts';
import { servePlain } from '../session/serve-plain.ts';

/** Raw TCP listeners, each for one console. */
export interface Exposures extends AsyncDisposable {
  /** Opens one. Throws FIELD_REQUIRED, FIELD_INVALID, RESOURCE_EXHAUSTED. */
  open(request: { token: string; allowedSources: readonly string[]; ttlMs: number }): Promise<Exposure>;
  /** Closes one and ends its connections; an unknown one is OK. */
  close(listenerId: string): Promise<void>;
}

/** A listener that is open. */
export interface Exposure {
  readonly listenerId: string;
  readonly port: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** How listeners are opened. */
export interface ExposuresOptions {
  readonly core: ProxyCore;
  readonly host: string;
  readonly plain: PlainSpeech;
  readonly maxListeners: number;
}

/** Longest life of a listener: a day. */
const longestTtl = 24 * 60 * 60_000;

interface Listener {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  readonly timer: NodeJS.Timeout;
}

/** Keeps the listeners of one proxy. */
export function createExposures(options: ExposuresOptions): Exposures {
  const { core } = options;
  const listeners = new Map<string, Listener>();

  const close = async (listenerId: string): Promise<void> => {
    const listener = listeners.get(listenerId);
    if (!listener) return;
    listeners.delete(listenerId);
    clearTimeout(listener.timer);
    const closed = new Promise<void>((resolve) => listener.server.close(() => resolve()));
    for (const socket of listener.sockets) socket.destroy();
    await closed;
  };

  return {
    async open({ token, allowedSources, ttlMs }) {
      if (token === '') throw new MeshError('FIELD_REQUIRED', 'token is missing.');
      if (!(ttlMs > 0 && ttlMs <= longestTtl))
        throw new MeshError('FIELD_INVALID', 'ttl has to be between 0 and 24 hours.');
      if (listeners.size >= options.maxListeners) {
        throw new MeshError(
          'RESOURCE_EXHAUSTED',
          `This proxy opens at most ${options.maxListeners} listeners.`,
        );
      }
      const allowed = sourcesOf(allowedSources);
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        const address = plainAddress(socket.remoteAddress ?? '');
        if (!allowed.has(address)) {
          core.logger.warn({ client: address }, 'refused a source that is not allowed at this listener');
          socket.destroy();
          return;
        }
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.setNoDelay(true);
        socket.setKeepAlive(true, 30_000);
        const client = plainTcpClient(streamLink(socket), address, options.plain);
        void servePlain(core, client, { credential: { token } });
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, options.host, resolve);
      });
      const listenerId = randomUUID();
      const timer = setTimeout(() => void close(listenerId), ttlMs);
      timer.unref();
      listeners.set(listenerId, { server, sockets, timer });
      const { port } = server.address() as AddressInfo;
      return { listenerId, port, expiresAt: core.now() + ttlMs };
    },
    close,
    async [Symbol.asyncDispose]() {
      await Promise.all([...listeners.keys()].map(close));
    },
  };
}

function sourcesOf(texts: readonly string[]): AddressSet {
  if (texts.length === 0)
    throw new MeshError('FIELD_REQUIRED', 'allowed_sources is empty: name who may connect.');
  if (texts.length > 64) throw new MeshError('FIELD_INVALID', 'allowed_sources holds more than 64 entries.');
  try {
    return parseAddressSet(texts);
  } catch (error) {
    throw new MeshError('FIELD_INVALID', `allowed_sources: ${(error as Error).message}`);
  }
}
