import { fileURLToPath } from 'node:url';
import type { Logger, Trust } from '@consolemesh/mesh';
import {
  type Counters,
  type DoorTls,
  type PageFiles,
  parseAddressSet,
  type Rate,
  readPageFiles,
  startProxy,
  type Wait,
} from '@consolemesh/proxy';
import { refuseClient } from '@consolemesh/rfb';
import { createConsoleConnector } from './connect-console.ts';

/** What a novncproxy is made of; everything optional has the default of its setting. */
export interface NovncproxyOptions {
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
  readonly limits?: Partial<NovncproxyLimits>;
  readonly proxyId?: string | undefined;
  /** Directory of the built page, or its files; `none` serves no page. */
  readonly page?: string | PageFiles | 'none';
  /** Test seams. */
  readonly now?: () => number;
  readonly wait?: Wait;
}

/** Bounds; times in ms. */
export interface NovncproxyLimits {
  readonly maxSessions: number;
  readonly maxConnections: number;
  readonly maxListeners: number;
  readonly openings: Rate;
  readonly maxFrameBytes: number;
  readonly handshakeMs: number;
  readonly connectMs: number;
  readonly inUseMs: number;
  readonly conductorWaitMs: number;
  readonly idleMs: number;
  readonly idleWarningMs: number;
  readonly longestMs: number;
  readonly pingMs: number;
  readonly deadMs: number;
  readonly headersMs: number;
  readonly drainMs: number;
}

/** What holds unless a setting says otherwise. */
export const defaultLimits: NovncproxyLimits = {
  maxSessions: 2_000,
  maxConnections: 5_000,
  maxListeners: 64,
  openings: { burst: 30, perSecond: 2 },
  maxFrameBytes: 1024 * 1024,
  handshakeMs: 10_000,
  connectMs: 15_000,
  inUseMs: 120_000,
  conductorWaitMs: 3_000,
  idleMs: 0,
  idleWarningMs: 120_000,
  longestMs: 0,
  pingMs: 15_000,
  deadMs: 45_000,
  headersMs: 10_000,
  drainMs: 0,
};

/** A novncproxy that runs. */
export interface Novncproxy extends AsyncDisposable {
  readonly describe: string;
  /** URL of the page as the server itself sees it. */
  readonly webUrl: string;
  /** gRPC target of its proxy.v1. */
  readonly target: string;
  readonly proxyId: string;
  readonly counters: Counters;
  /** Sessions that are carried at present. */
  readonly sessions: number;
  healthy(): boolean;
  /** Looks at all sessions once, as happens each second. */
  tick(): void;
  /** Reads certificate and key again; answers whether they are new. */
  reloadTls(): boolean;
}

/** Paths beside the base path that show the page: what noVNC and Ironic call it. */
const pages = ['vnc.html', 'vnc_lite.html', 'vnc_auto.html'];
const builtPage = fileURLToPath(new URL('../dist/page', import.meta.url));

/** Starts the graphical proxy. Rejects with one clear line. */
export async function startNovncproxy(options: NovncproxyOptions): Promise<Novncproxy> {
  const limits = { ...defaultLimits, ...options.limits };
  const { trust, page = builtPage, publicUrl, trustedProxies = [] } = options;
  const files = page === 'none' ? new Map() : typeof page === 'string' ? await readPageFiles(page) : page;
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  const connector = createConsoleConnector({
    trust,
    clientHandshakeMs: limits.handshakeMs,
    connectMs: limits.connectMs,
  });
  const { listen, grpcListen, logger, administrators, conductorTarget, tokenTarget } = options;
  const proxy = await startProxy({
    kind: 'graphical',
    listen,
    grpcListen,
    trust,
    logger,
    administrators,
    conductorTarget,
    tokenTarget,
    connect: connector,
    refuseInWords: (link, message) => refuseClient(link.stream, message),
    plainPath: 'websockify',
    door: {
      basePath: options.basePath ?? '/',
      tls: options.tls,
      origins: {
        allowed: [...own, ...(options.allowedOrigins ?? [])],
        allowMissing: options.allowMissingOrigin ?? false,
      },
      trustedProxies: parseAddressSet(trustedProxies),
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
    describe: `novncproxy: page and WebSocket at ${proxy.webUrl}, proxy.v1 at ${proxy.target}`,
    webUrl: proxy.webUrl,
    target: proxy.target,
    proxyId: proxy.proxyId,
    counters: proxy.counters,
    get sessions() {
      return proxy.registry.size;
    },
    healthy: proxy.healthy,
    tick: proxy.tick,
    reloadTls: proxy.reloadTls,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      connector[Symbol.dispose]();
    },
  };
}
