import type { Logger, Trust } from '@consolemesh/mesh';
import type { Wait } from '../admission/backoff.ts';
import { parseAddressSet } from '../door/client-address.ts';
import { type PageFiles, readPageFiles } from '../door/page-files.ts';
import type { DoorTls } from '../door/tls-files.ts';
import type { Connector } from '../session/connector.ts';
import type { Counters } from '../session/counters.ts';
import type { PlainSpeech } from '../session/plain-client.ts';
import { type RunningProxy, startProxy } from '../start-proxy.ts';
import { defaultLimits, type ProxyLimits } from './limits.ts';

/** What a proxy service is made of; everything optional has the default of its setting. */
export interface ProxyServiceOptions {
  /** Where browsers connect. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where proxy.v1 is served. */
  readonly grpcListen: { readonly host: string; readonly port: number };
  readonly trust: Trust;
  readonly logger: Logger;
  /** Users and groups who may call proxy.v1; `user/admin` unless told. */
  readonly administrators?: readonly string[] | undefined;
  readonly conductorTarget: string;
  readonly tokenTarget: string;
  /** Under which URL users see it; its origin may open consoles. */
  readonly publicUrl?: string | undefined;
  /** Begins and ends with `/`. */
  readonly basePath?: string;
  readonly tls?: DoorTls | undefined;
  readonly allowedOrigins?: readonly string[];
  readonly allowMissingOrigin?: boolean;
  /** Addresses and prefixes of reverse proxies whose X-Forwarded-* count. */
  readonly trustedProxies?: readonly string[];
  /** Who may show the page in a frame. */
  readonly frameAncestors?: readonly string[];
  readonly limits?: Partial<ProxyLimits>;
  readonly proxyId?: string | undefined;
  /** Directory of the built page, or its files; `none` serves no page. */
  readonly page?: string | PageFiles | 'none';
  /** Test seams. */
  readonly now?: () => number;
  readonly wait?: Wait;
}

/** What differs between the proxies. */
export interface ProxyKind {
  readonly kind: 'graphical' | 'serial';
  /** Its service's name. */
  readonly name: string;
  /** Reaches its consoles. */
  connector(trust: Trust, limits: ProxyLimits): Connector & Disposable;
  /** Clients that speak only the console's own protocol. */
  readonly plain: PlainSpeech;
  /** Further paths that show the page. */
  readonly pages: readonly string[];
  /** Directory of its built page. */
  readonly builtPage: string;
}

/** A proxy service that runs. */
export interface ProxyService extends AsyncDisposable {
  readonly describe: string;
  /** URL of the page as the server itself sees it. */
  readonly webUrl: string;
  /** gRPC target of its proxy.v1. */
  readonly target: string;
  readonly proxyId: string;
  readonly counters: Counters;
  /** Sessions that are carried at present. */
  readonly sessions: number;
  /** Serves a client that came through a door of the kind's own. */
  readonly serveClient: RunningProxy['serveClient'];
  healthy(): boolean;
  /** Looks at all sessions once, as happens each second. */
  tick(): void;
  /** Reads certificate and key again; answers whether they are new. */
  reloadTls(): boolean;
}

/** Starts a proxy of one kind. Rejects with one clear line. */
export async function startProxyService(
  options: ProxyServiceOptions,
  { kind, name, connector, plain, pages, builtPage }: ProxyKind,
): Promise<ProxyService> {
  const limits = { ...defaultLimits, ...options.limits };
  const { trust, page = builtPage, publicUrl } = options;
  const files = page === 'none' ? new Map() : typeof page === 'string' ? await readPageFiles(page) : page;
  const connect = connector(trust, limits);
  const proxy = await startProxy({
    kind,
    listen: options.listen,
    grpcListen: options.grpcListen,
    trust,
    logger: options.logger,
    administrators: options.administrators,
    conductorTarget: options.conductorTarget,
    tokenTarget: options.tokenTarget,
    connect,
    plain,
    door: {
      basePath: options.basePath ?? '/',
      tls: options.tls,
      origins: {
        allowed: [
          ...(publicUrl === undefined ? [] : [new URL(publicUrl).origin]),
          ...(options.allowedOrigins ?? []),
        ],
        allowMissing: options.allowMissingOrigin ?? false,
      },
      trustedProxies: parseAddressSet(options.trustedProxies ?? []),
      frameAncestors: options.frameAncestors ?? [],
      files,
      pages,
      headersMs: limits.headersMs,
      maxConnections: limits.maxConnections,
      maxFrameBytes: limits.maxFrameBytes,
    },
    times: limits,
    maxSessions: limits.maxSessions,
    maxListeners: limits.maxListeners,
    openings: limits.openings,
    drainMs: limits.drainMs,
    ...(options.proxyId === undefined ? {} : { proxyId: options.proxyId }),
    ...(options.now ? { now: options.now } : {}),
    ...(options.wait ? { wait: options.wait } : {}),
  });
  return {
    describe: `${name}: page and WebSocket at ${proxy.webUrl}, proxy.v1 at ${proxy.target}`,
    webUrl: proxy.webUrl,
    target: proxy.target,
    proxyId: proxy.proxyId,
    counters: proxy.counters,
    get sessions() {
      return proxy.registry.size;
    },
    serveClient: proxy.serveClient,
    healthy: proxy.healthy,
    tick: proxy.tick,
    reloadTls: proxy.reloadTls,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      connect[Symbol.dispose]();
    },
  };
}
