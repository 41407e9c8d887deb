import type { RunningFakeDriver } from '@consolemesh/bmc-driver-fake';
import { type FakeMachines, startFakeDriver } from '@consolemesh/bmc-driver-fake';
import { startDracDriver, type Timings } from '@consolemesh/bmc-driver-idrac-wsman';
import { startVncDriver } from '@consolemesh/bmc-driver-vnc';
import {
  type Conductor,
  type ConductorOptions,
  startConductor,
  systemScheduler,
} from '@consolemesh/conductor';
import { type FakeHost, startFakeProvider } from '@consolemesh/container-provider-fake';
import type { RunningPlugin } from '@consolemesh/driver-sdk';
import type { Logger, Trust } from '@consolemesh/mesh';
import { type Novncproxy, type NovncproxyOptions, startNovncproxy } from '@consolemesh/novncproxy';
import { type Serialproxy, type SerialproxyOptions, startSerialproxy } from '@consolemesh/serialproxy';
import { startTokenService, type TokenServiceHandle, type TokenServiceOptions } from '@consolemesh/token';
import { type ManualClock, mortal } from './clock.ts';
import type { Line } from './line.ts';
import { type Part, startPart } from './part.ts';

/** What every part is made with. */
export interface Common {
  readonly trust: (identity: string) => Trust;
  readonly logger: Logger;
  readonly clock: ManualClock | undefined;
}

/** Ada, whom most tests call as, may do everything unless a test is about what users may do. */
const administrators = ['user/ada'];
const loopback = { host: '127.0.0.1', port: 0 } as const;

/** A driver or a provider. */
export function startPlugin<T extends RunningPlugin>(
  name: string,
  start: (advertise: string) => Promise<T>,
): Promise<Part<T>> {
  return startPart({
    name,
    listeners: 1,
    start: ([line]) => start(line!.target),
    addresses: (running) => [running],
  });
}

export function startVncPart({ trust, logger }: Common, name: string): Promise<Part<RunningPlugin>> {
  return startPlugin(name, (advertise) =>
    startVncDriver({ trust: trust('service/bmc-driver-vnc'), logger, advertise }),
  );
}

export function startDracPart(
  { trust, logger }: Common,
  name: string,
  timings: Timings | undefined,
): Promise<Part<RunningPlugin>> {
  return startPlugin(name, (advertise) =>
    startDracDriver({ trust: trust('service/bmc-driver-idrac-wsman'), logger, advertise, timings }),
  );
}

export function startFakePart(
  { trust, logger }: Common,
  name: string,
  options: {
    machines: FakeMachines;
    affinity: 'none' | 'instance' | undefined;
    consoleLog: { folder: string } | undefined;
  },
): Promise<Part<RunningFakeDriver>> {
  return startPlugin(name, (advertise) =>
    startFakeDriver({ trust: trust('service/bmc-driver-fake'), logger, advertise, ...options }),
  );
}

export function startProviderPart(
  { trust, logger }: Common,
  name: string,
  host: FakeHost,
): Promise<Part<RunningPlugin>> {
  return startPlugin(name, (advertise) =>
    startFakeProvider({ trust: trust('service/container-provider-fake'), logger, advertise, host }),
  );
}

export function startTokenPart(
  { trust, logger, clock }: Common,
  name: string,
  options: Partial<TokenServiceOptions> & { databaseUrl: string },
): Promise<Part<TokenServiceHandle>> {
  return startPart({
    name,
    listeners: 1,
    addresses: (running: TokenServiceHandle) => [running],
    start: () =>
      startTokenService({
        listen: loopback,
        trust: trust('service/token'),
        logger,
        administrators,
        ...(clock ? { clock: () => Math.floor(clock.now()) } : {}),
        ...options,
      }),
  });
}

/** A conductor; once killed its timers never fire again and its database takes nothing from it. */
export function startConductorPart(
  { trust, logger, clock }: Common,
  name: string,
  options: Partial<ConductorOptions> &
    Pick<ConductorOptions, 'databaseUrl' | 'keyring' | 'drivers' | 'providers' | 'tokenTarget'> & {
      outward: Line;
    },
): Promise<Part<Conductor>> {
  const { outward, ...rest } = options;
  let scheduler = mortal(clock ?? systemScheduler);
  return startPart({
    name,
    listeners: 1,
    outward: [outward],
    addresses: (running: Conductor) => [running],
    stall: () => scheduler.stall(),
    crash(running) {
      scheduler.die();
      return running.crash();
    },
    start() {
      scheduler = mortal(clock ?? systemScheduler);
      return startConductor({
        listen: loopback,
        trust: trust('service/conductor'),
        logger,
        administrators,
        name,
        pluginPollMs: 500,
        scheduler,
        ...(clock ? { clock: () => Math.floor(clock.now()) } : {}),
        ...rest,
      });
    },
  });
}

type ProxyWish = Pick<NovncproxyOptions, 'conductorTarget' | 'tokenTarget'>;

/** A graphical proxy; its first line is proxy.v1, its second is what browsers reach. */
export function startProxyPart(
  common: Common,
  name: string,
  outward: readonly Line[],
  options: Partial<NovncproxyOptions> & ProxyWish,
): Promise<Part<Novncproxy>> {
  const start = () =>
    startNovncproxy({
      ...proxyDefaults(common, 'service/novncproxy'),
      ...options,
      limits: limitsOf(options),
    });
  return startPart({ name, listeners: 2, outward, addresses: proxyAddresses, start });
}

/** A serial proxy; its lines are those of a graphical one. */
export function startSerialproxyPart(
  common: Common,
  name: string,
  outward: readonly Line[],
  options: Partial<SerialproxyOptions> & ProxyWish,
): Promise<Part<Serialproxy>> {
  const line = { listen: loopback, tls: undefined };
  const start = () =>
    startSerialproxy({
      ...proxyDefaults(common, 'service/serialproxy'),
      ...{ line, ...options, limits: limitsOf(options) },
    });
  return startPart<Serialproxy>({ name, listeners: 2, outward, addresses: proxyAddresses, start });
}

function proxyAddresses({ target, webUrl }: Novncproxy) {
  return [target.replace('dns:///', 'http://'), webUrl].map((url) => ({
    host: '127.0.0.1',
    port: Number(new URL(url).port),
  }));
}

function proxyDefaults({ trust, logger }: Common, identity: string) {
  const listen = { listen: loopback, grpcListen: loopback };
  return { ...listen, trust: trust(identity), logger, administrators, page: 'none' as const, wait: briefly };
}

function limitsOf({ limits }: Partial<NovncproxyOptions>) {
  return { openings: { burst: 10_000, perSecond: 10_000 }, ...limits };
}

/** Proxies come back to their services sooner than in earnest. */
function briefly(attempt: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(500, 20 * 2 ** attempt));
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
