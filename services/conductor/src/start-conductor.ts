import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  AuditServiceDefinition,
  ConsoleServiceDefinition,
  InventoryServiceDefinition,
  KeyServiceDefinition,
  NodeServiceDefinition,
  PowerServiceDefinition,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import {
  bind,
  connect,
  type Logger,
  type Running,
  serve,
  serveWhile,
  type Trust,
  type Users,
} from '@consolemesh/mesh';
import {
  createSealer,
  followKeyRing,
  type KeyRingFile,
  type Sealer,
  type SealingKey,
} from '@consolemesh/store';
import type { Route } from './domain/kinds.ts';
import type { LeaseTimes } from './domain/lease.ts';
import type { OnRpcBoundary } from './plugins/call-plugin.ts';
import { createPluginDirectory } from './plugins/plugin-directory.ts';
import type { ConnectPlugin } from './plugins/plugin-instance.ts';
import { createPlugins } from './plugins/plugins.ts';
import { createChangeFeed } from './reconciler/change-feed.ts';
import { createFailureLog } from './reconciler/failure-log.ts';
import { startSealKeeper } from './reconciler/keep-sealed.ts';
import { createLimiter, createPacer } from './reconciler/limits.ts';
import { createReconciler } from './reconciler/reconciler.ts';
import { recordRevocations } from './reconciler/record-revocations.ts';
import { type Scheduler, systemScheduler } from './scheduler.ts';
import { createAuditService } from './service/audit.ts';
import { createConsoleService } from './service/consoles.ts';
import type { ServiceContext } from './service/context.ts';
import { createInventoryService } from './service/inventory.ts';
import { createKeyService } from './service/keys.ts';
import { createNodeService } from './service/nodes.ts';
import { createPowerService } from './service/power.ts';
import { createSessionHub } from './service/session-hub.ts';
import { createSessionService } from './service/sessions.ts';
import { openConductorStore } from './store/open-store.ts';
import { createTokenPort } from './token/token-port.ts';

/** What a conductor is made of. */
export interface ConductorOptions {
  /** Where to serve conductor.v1; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly trust: Trust;
  readonly logger: Logger;
  /** Who may call with a password or a token; nobody unless told. */
  readonly users?: Users | undefined;
  /** Users and groups who may act on everything; `user/admin` unless told. */
  readonly administrators?: readonly string[] | undefined;
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  readonly databaseUrl: string;
  /** Keys that secrets are sealed with, the active one first. A file is followed while the conductor runs. */
  readonly keyring: readonly SealingKey[] | KeyRingFile;
  /** gRPC targets, `NAME@` before them or not (see `readPluginPlace`), in the order in which `auto` asks the drivers. */
  readonly drivers: readonly string[];
  readonly providers: readonly string[];
  readonly tokenTarget: string;
  /** Public URL of the graphical proxy's page; without it no URL for a graphical console can be made. */
  readonly novncproxyUrl?: string | undefined;
  readonly serialproxyUrl?: string | undefined;
  /** Route of nodes that say nothing; `auto` unless told. */
  readonly route?: Route | undefined;
  /** Length of a lease, ms; 15 000 unless told. */
  readonly leaseMs?: number | undefined;
  /** Most sessions of one console; 16 unless told. */
  readonly maxSessions?: number | undefined;
  /** Audit events older than this are deleted, ms; none unless told. */
  readonly auditRetentionMs?: number | undefined;
  readonly stopConsolesOnExit?: boolean | undefined;
  /** Shown as the conductor of a console, followed by a random part; the host name unless told. */
  readonly name?: string | undefined;
  /** Calls that run at once at one plugin instance; 16 unless told. */
  readonly callsPerInstance?: number | undefined;
  /** Consoles that are looked at in a second after a takeover; 400 unless told. */
  readonly verifiesPerSecond?: number | undefined;
  /** Between two rounds of questions to all plugins, ms; 3 000 unless told. */
  readonly pluginPollMs?: number | undefined;

  // --- seams for tests
  /** Time; every timer and deadline of the conductor goes through it. */
  readonly scheduler?: Scheduler | undefined;
  /** SQLite only: the database's clock. */
  readonly clock?: (() => number) | undefined;
  /** Opens the channels to plugins. */
  readonly connectPlugin?: ConnectPlugin | undefined;
  /** Awaited before and after every call to a plugin. */
  readonly onRpcBoundary?: OnRpcBoundary | undefined;
  /** In [0, 1); the jitter of back-offs. */
  readonly random?: (() => number) | undefined;
}

/** A conductor that runs. */
export interface Conductor extends Running {
  readonly host: string;
  readonly port: number;
  /** gRPC target URI. */
  readonly target: string;
  /** Its name in leases. */
  readonly instance: string;
  /** Compares what plugins have with what is wanted, now instead of within half a minute. */
  sweep(): Promise<void>;
  /** For tests: ends as a crash would. Leases stay until they expire, calls in flight break, nothing is waited for. */
  crash(): Promise<void>;
}

/** Starts a conductor: opens its database, finds its plugins, takes up work, then serves. Disposing drains it. */
export async function startConductor(options: ConductorOptions): Promise<Conductor> {
  const { logger, trust } = options;
  const scheduler = options.scheduler ?? systemScheduler;
  const instance = `${options.name ?? hostname()}/${randomBytes(4).toString('hex')}`;
  const opened: (() => PromiseLike<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of opened.reverse()) await close();
  };
  try {
    const ring = 'path' in options.keyring ? followKeyRing(options.keyring) : undefined;
    const sealer = createSealer({ keys: ring ?? (options.keyring as readonly SealingKey[]) });
    const store = await openConductorStore({
      url: options.databaseUrl,
      sealer,
      clock: options.clock,
      onConnectionLost: (error) => logger.warn({ err: error }, 'a connection to the database broke'),
    });
    opened.push(() => store[Symbol.asyncDispose]());
    const tokenConnection = connect(options.tokenTarget, { trust, service: 'token' });
    opened.push(() => tokenConnection[Symbol.dispose]());
    const directory = createPluginDirectory({
      drivers: options.drivers,
      providers: options.providers,
      // The reconciler and the directory have back-offs of their own, and a plugin call ends with its lease.
      connectPlugin:
        options.connectPlugin ?? ((target, service) => connect(target, { trust, service, retries: false })),
      scheduler,
      logger,
      pollMs: options.pluginPollMs,
    });
    opened.push(() => directory[Symbol.asyncDispose]());
    await directory.refresh();
    const plugins = createPlugins(
      directory,
      { scheduler, onRpcBoundary: options.onRpcBoundary },
      options.providers.length > 0,
    );
    const feed = await createChangeFeed(store, scheduler, logger);
    opened.push(() => feed[Symbol.asyncDispose]());
    const sealKeeper = startSealKeeper({ store, ring, scheduler, logger });
    opened.push(() => sealKeeper[Symbol.asyncDispose]());
    const token = createTokenPort(tokenConnection, () => scheduler.now());
    const failures = createFailureLog(logger);
    const revocations = recordRevocations({ store, token, scheduler, failures });
    opened.push(() => revocations[Symbol.asyncDispose]());
    const reconciler = createReconciler({
      context: {
        store,
        plugins,
        scheduler,
        logger,
        failures,
        auditRetentionMs: options.auditRetentionMs,
        owner: instance,
        perInstance: createLimiter(options.callsPerInstance ?? 16),
        verifyPace: createPacer(scheduler, options.verifiesPerSecond ?? 400),
        route: options.route ?? 'auto',
        random: options.random ?? Math.random,
      },
      feed,
      times: leaseTimes(options.leaseMs ?? 15_000),
      stopOnExit: options.stopConsolesOnExit ?? false,
    });
    opened.push(() => reconciler[Symbol.asyncDispose]());
    const context: ServiceContext = {
      store,
      feed,
      plugins,
      token,
      scheduler,
      logger,
      proxyUrls: { graphical: options.novncproxyUrl, serial: options.serialproxyUrl },
      maxSessions: options.maxSessions ?? 16,
    };
    const hub = createSessionHub(context);
    const { listen, users, administrators } = options;
    const services = bindings(context, hub, sealer);
    const server = await serve({ listen, trust, logger, users, administrators, services });
    opened.push(async () => {
      hub[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    });
    const health = serveWhile({
      ...{ name: 'the database', logger, setServing: server.setServing },
      ask: () => store.revision(),
    });
    opened.push(() => health[Symbol.asyncDispose]());
    return {
      host: server.host,
      port: server.port,
      target: server.target,
      instance,
      describe: `conductor ${instance}: conductor.v1 at ${server.target}`,
      sweep: () => reconciler.sweep(),
      async crash() {
        reconciler.abandon();
        void health[Symbol.asyncDispose]();
        void sealKeeper[Symbol.asyncDispose]();
        void revocations[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
        hub[Symbol.dispose]();
        await directory[Symbol.asyncDispose]();
        tokenConnection[Symbol.dispose]();
        await feed[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
      [Symbol.asyncDispose]: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The guard is three ticks of the lease keeper, the margin is what clocks and networks may add after that. */
function leaseTimes(lease: number): LeaseTimes {
  return { lease, guard: lease / 5, margin: lease / 5 };
}

function bindings(context: ServiceContext, hub: ReturnType<typeof createSessionHub>, sealer: Sealer) {
  return [
    bind(NodeServiceDefinition, createNodeService(context)),
    bind(ConsoleServiceDefinition, createConsoleService(context)),
    bind(SessionServiceDefinition, createSessionService(context, hub)),
    bind(PowerServiceDefinition, createPowerService(context)),
    bind(InventoryServiceDefinition, createInventoryService(context)),
    bind(AuditServiceDefinition, createAuditService(context)),
    bind(KeyServiceDefinition, createKeyService(context, sealer)),
  ];
}
