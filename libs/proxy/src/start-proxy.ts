import { randomUUID } from 'node:crypto';
import { connect, type Logger, serve, type Trust } from '@consolemesh/mesh';
import { createAdmitter } from './admission/admit.ts';
import type { Wait } from './admission/backoff.ts';
import { type KeptSessions, keepSessions } from './admission/keep-sessions.ts';
import { concerns, watchRevocations } from './admission/watch-revocations.ts';
import type { AddressSet } from './door/client-address.ts';
import { type DoorOptions, type DoorRoute, openDoor } from './door/open-door.ts';
import { createSessionLogReader } from './log/read-session-log.ts';
import { createExposures } from './service/expose.ts';
import { proxyService } from './service/proxy-service.ts';
import type { Client } from './session/client.ts';
import type { Connector } from './session/connector.ts';
import { largestControlMessage, subProtocol } from './session/control-messages.ts';
import type { ProxyCore } from './session/core.ts';
import { type Counters, createCounters } from './session/counters.ts';
import { endOf, endOfWord } from './session/end.ts';
import { observeCounters } from './session/observe-counters.ts';
import { type PlainSpeech, plainWebSocketClient } from './session/plain-client.ts';
import { createRateLimit, type Rate } from './session/rate-limit.ts';
import { createRegistry, type Registry } from './session/registry.ts';
import { servePage } from './session/serve-page.ts';
import { type PlainWish, servePlain } from './session/serve-plain.ts';
import { watchSession } from './session/watch-sessions.ts';

/** What a proxy of either kind is made of. */
export interface ProxyOptions {
  readonly kind: 'graphical' | 'serial';
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
  /** Reaches the console of an admission. */
  readonly connect: Connector;
  /** Clients without our sub-protocol. */
  readonly plain: PlainSpeech;
  readonly door: Pick<
    DoorOptions,
    'basePath' | 'tls' | 'origins' | 'frameAncestors' | 'files' | 'pages' | 'headersMs' | 'maxConnections'
  > & { readonly trustedProxies: AddressSet; readonly maxFrameBytes: number; readonly tlsPollMs?: number };
  readonly times: ProxyCore['times'];
  readonly maxSessions: number;
  readonly maxListeners: number;
  readonly openings: Rate;
  /** How long sessions may go on when the proxy ends, ms. */
  readonly drainMs: number;
  readonly proxyId?: string;
  /** Test seams. */
  readonly now?: () => number;
  readonly wait?: Wait;
}

/** A proxy that runs. */
export interface RunningProxy extends AsyncDisposable {
  /** URL of the page as the server itself sees it. */
  readonly webUrl: string;
  /** gRPC target of its proxy.v1. */
  readonly target: string;
  readonly proxyId: string;
  readonly registry: Registry;
  readonly counters: Counters;
  /** Serves a client that came in through another door; the same admission, limits and ends. Never throws. */
  serveClient(client: Client, wish: PlainWish): Promise<void>;
  /** Whether new sessions can be admitted. */
  healthy(): boolean;
  /** Looks at all sessions once, as happens each second. */
  tick(): void;
  reloadTls(): boolean;
}

/** Starts everything that both kinds of proxy share; what differs is `connect`. Rejects with one clear line, and leaves nothing behind. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const started: (AsyncDisposable | Disposable)[] = [];
  try {
    return await start(options, (part) => {
      started.unshift(part);
      return part;
    });
  } catch (error) {
    for (const part of started) await dispose(part);
    throw error;
  }
}

type Keep = <T extends AsyncDisposable | Disposable>(part: T) => T;

async function start(options: ProxyOptions, keep: Keep): Promise<RunningProxy> {
  const { logger, trust, now = Date.now } = options;
  const proxyId = options.proxyId ?? randomUUID();
  const conductor = keep(connect(options.conductorTarget, { trust, service: 'conductor' }));
  const tokenService = keep(connect(options.tokenTarget, { trust, service: 'token' }));
  const registry = createRegistry({ maxSessions: options.maxSessions });
  const counters = createCounters();
  const observed = keep(observeCounters(options.kind, counters));
  const wait = options.wait ? { wait: options.wait } : {};
  const revocations = keep(
    watchRevocations({
      tokenService,
      logger,
      now,
      ...wait,
      onRevocation(revocation) {
        const end = endOf('TOKEN_REVOKED', revocation.message);
        registry.endWhere((session) => concerns(revocation, session), end);
      },
    }),
  );
  const { kind, times } = options;
  // The stream to the conductor tells where proxy.v1 is served, so it comes after the server that needs the core.
  let kept!: KeptSessions;
  const core: ProxyCore = {
    kind,
    admitter: createAdmitter({ tokenService, conductor, proxyId, kind, now }),
    get kept() {
      return kept;
    },
    revocations,
    registry,
    openings: createRateLimit(options.openings, now),
    connect: options.connect,
    readLog: createSessionLogReader(conductor, proxyId),
    counters,
    times,
    logger,
    now,
  };
  const { plain, maxListeners, grpcListen, administrators } = options;
  const exposures = keep(createExposures({ core, host: grpcListen.host, plain, maxListeners }));
  const services = [proxyService(registry, exposures, grpcListen.host)];
  const server = keep(await serve({ listen: grpcListen, trust, logger, administrators, services }));
  kept = keep(
    keepSessions({
      conductor,
      proxyId,
      target: server.target,
      logger,
      ...wait,
      live: () => registry.all().map((session) => session.sessionId),
      written: () =>
        registry
          .all()
          .flatMap(({ sessionId, firstInputAt: at }) => (at === undefined ? [] : [{ sessionId, at }])),
      onEnd: ({ sessionId, reason, message }) =>
        registry.endByConductor(sessionId, endOfWord(reason, message, 'SESSION_TERMINATED')),
      onNotice({ sessionId, reason, message }) {
        const notice = endOfWord(reason, message, 'INTERNAL');
        registry.get(sessionId)?.notify(notice.reason, notice.message);
      },
    }),
  );
  const healthy = () => !registry.draining && revocations.trustworthy && kept.up;
  const door = keep(await openDoor(doorOptions(options, core, healthy)));
  const tick = () => {
    const time = now();
    for (const session of registry.all()) watchSession(session, times, time);
  };
  const ticker = setInterval(tick, 1_000);
  return {
    webUrl: door.url,
    target: server.target,
    proxyId,
    registry,
    counters,
    serveClient: (client, wish) => servePlain(core, client, wish),
    healthy,
    tick,
    reloadTls: () => door.reloadTls(),
    async [Symbol.asyncDispose]() {
      server.setServing(false);
      door.stopListening();
      const ended = await registry.drain(options.drainMs);
      // The conductor should hear of the ends, and pages get the time to read theirs.
      if (ended > 0) await new Promise((resolve) => setTimeout(resolve, closingMs));
      clearInterval(ticker);
      for (const part of [door, exposures, kept, revocations, server, conductor, tokenService, observed]) {
        await dispose(part);
      }
    },
  };
}

/** Long enough for a close frame to leave and be answered, ms. */
const closingMs = 200;

function doorOptions(options: ProxyOptions, core: ProxyCore, healthy: () => boolean): DoorOptions {
  const { door, listen, logger, plain: speech } = options;
  const page: DoorRoute = {
    path: 'session',
    protocols: [subProtocol],
    protocolRequired: true,
    serve: (socket, from) => void servePage(core, socket, from.address),
  };
  const plain = speech.paths.map(
    (path): DoorRoute => ({
      path,
      protocols: ['binary'],
      protocolRequired: false,
      textIsData: speech.textIsData,
      serve(socket, from, query) {
        const token = query.get('token') ?? '';
        const client = plainWebSocketClient(socket, from.address, speech);
        void servePlain(core, client, { credential: token === '' ? undefined : { token } });
      },
    }),
  );
  return {
    ...door,
    listen,
    logger,
    routes: [page, ...plain],
    frameLimits: { maxBinaryFrame: door.maxFrameBytes, maxText: largestControlMessage },
    healthy,
  };
}

async function dispose(part: AsyncDisposable | Disposable): Promise<void> {
  if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
  else part[Symbol.dispose]();
}
