import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeMachines, RunningFakeDriver } from '@consolemesh/bmc-driver-fake';
import type { Timings } from '@consolemesh/bmc-driver-idrac-wsman';
import type { Conductor, ConductorOptions } from '@consolemesh/conductor';
import type { FakeHost } from '@consolemesh/container-provider-fake';
import type { RunningPlugin } from '@consolemesh/driver-sdk';
import {
  type Connection,
  connect,
  type Logger,
  plaintext,
  silentLogger,
  type Trust,
} from '@consolemesh/mesh';
import type { Novncproxy, NovncproxyOptions } from '@consolemesh/novncproxy';
import type { Serialproxy, SerialproxyOptions } from '@consolemesh/serialproxy';
import type { TokenServiceHandle, TokenServiceOptions } from '@consolemesh/token';
import type { ManualClock } from './clock.ts';
import { type Line, openLine } from './line.ts';
import {
  type Common,
  startConductorPart,
  startDracPart,
  startFakePart,
  startProviderPart,
  startProxyPart,
  startSerialproxyPart,
  startTokenPart,
  startVncPart,
} from './mesh-parts.ts';
import type { Part } from './part.ts';
import { createStack, type Stack } from './stack.ts';

/** How many of each part, and how they differ from the ordinary. */
export interface MeshOptions {
  readonly conductors?: number;
  readonly tokens?: number;
  readonly proxies?: number;
  /** None unless told. */
  readonly serialproxies?: number;
  readonly vncDrivers?: number;
  readonly dracDrivers?: number;
  readonly fakeDrivers?: number;
  readonly providers?: number;
  /** One database for the conductors, one for the token services; SQLite files of their own unless told. */
  readonly databases?: { readonly conductor: string; readonly token: string };
  /** Time of conductors and token services; the machine's unless told. */
  readonly clock?: ManualClock;
  /** How an identity (`service/conductor`, `user/ada`) proves itself; plaintext unless told. */
  readonly trust?: (identity: string) => Trust;
  readonly logger?: Logger;
  /** How long drivers for iDRACs wait for things; as in earnest unless told. */
  readonly dracTimings?: Timings;
  readonly fakeAffinity?: 'none' | 'instance';
  /** Folder in which each fake driver records consoles with `console_log`, in one of its own. */
  readonly fakeConsoleLogs?: string | undefined;
  readonly conductor?: Partial<ConductorOptions> | ((number: number) => Partial<ConductorOptions>);
  readonly token?: Partial<TokenServiceOptions>;
  readonly proxy?: Partial<NovncproxyOptions>;
  readonly serialproxy?: Partial<SerialproxyOptions>;
  /** Puts something into a cable: answers the target that `from` is to call instead of `target`. */
  readonly tap?: (cable: Cable) => Promise<AsyncDisposable & { readonly target: string }>;
}

/** A way from a part to a service. */
export interface Cable {
  readonly from: string;
  readonly to: 'conductor' | 'token';
  readonly target: string;
}

/** A whole mesh in this process: every call goes over gRPC on loopback, every part can be killed and started again. */
export interface Mesh extends AsyncDisposable {
  readonly conductors: readonly Part<Conductor>[];
  readonly tokens: readonly Part<TokenServiceHandle>[];
  readonly proxies: readonly Part<Novncproxy>[];
  readonly serialproxies: readonly Part<Serialproxy>[];
  readonly vncDrivers: readonly Part<RunningPlugin>[];
  readonly dracDrivers: readonly Part<RunningPlugin>[];
  readonly fakeDrivers: readonly Part<RunningFakeDriver>[];
  readonly providers: readonly Part<RunningPlugin>[];
  /** Machines of the fake driver, which outlive its instances. */
  readonly machines: FakeMachines;
  /** Containers of the fake provider, which outlive its instances. */
  readonly containers: FakeHost;
  /** Service addresses: whoever is alive answers. */
  readonly conductorTarget: string;
  readonly tokenTarget: string;
  /** Where users reach the proxies; ends with a slash. */
  readonly publicUrl: string;
  /** Where they reach the serial proxies. */
  readonly serialUrl: string;
  /** A channel, closed with the mesh; the same one for the same target and identity. */
  connect(target: string, identity?: string): Connection;
}

/** Starts a mesh; disposing it leaves nothing behind. */
export async function startMesh(options: MeshOptions = {}): Promise<Mesh> {
  const stack = createStack();
  try {
    return await build(options, stack);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function build(options: MeshOptions, stack: Stack): Promise<Mesh> {
  const { logger = silentLogger, trust = () => plaintext, clock } = options;
  const common: Common = { logger, trust, clock };
  const databases = options.databases ?? (await createFiles(stack));
  const machines: FakeMachines = new Map();
  const containers: FakeHost = new Map();
  const keyring = [{ id: 'test', key: randomBytes(32) }];
  const connections = new Map<string, Connection>();
  const several = <T extends AsyncDisposable>(
    count = 1,
    make: (number: number) => Promise<T>,
  ): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, async (_, index) => stack.use(await make(index + 1))));
  /** A cable to whoever of these is alive. */
  const lineTo = async (parts: () => readonly Part<AsyncDisposable>[], listener = 0): Promise<Line> =>
    stack.use(await openLine(() => parts().flatMap(({ alive, lines }) => (alive ? [lines[listener]!] : []))));

  const vncDrivers = await several(options.vncDrivers, (n) => startVncPart(common, `vnc driver ${n}`));
  const dracDrivers = await several(options.dracDrivers ?? 0, (n) =>
    startDracPart(common, `idrac driver ${n}`, options.dracTimings),
  );
  const fake = { machines, affinity: options.fakeAffinity };
  const fakeDrivers = await several(options.fakeDrivers, (n) => {
    const folder = options.fakeConsoleLogs;
    const consoleLog = folder === undefined ? undefined : { folder: join(folder, `fake-${n}`) };
    return startFakePart(common, `fake driver ${n}`, { ...fake, consoleLog });
  });
  const providers = await several(options.providers, (n) =>
    startProviderPart(common, `provider ${n}`, containers),
  );
  const tokens = await several(options.tokens, (n) =>
    startTokenPart(common, `token-${n}`, { databaseUrl: databases.token, ...options.token }),
  );

  const tapped = async (from: string, to: Cable['to'], { target }: Line): Promise<string> =>
    options.tap ? stack.use(await options.tap({ from, to, target })).target : target;
  let proxies: Part<Novncproxy>[] = [];
  let serialproxies: Part<Serialproxy>[] = [];
  const publicUrl = `http://127.0.0.1:${(await lineTo(() => proxies, 1)).port}/`;
  const serialUrl = `http://127.0.0.1:${(await lineTo(() => serialproxies, 1)).port}/`;
  const conductors = await several(options.conductors, async (n) => {
    const outward = await lineTo(() => tokens);
    return startConductorPart(common, `conductor-${n}`, {
      databaseUrl: databases.conductor,
      keyring,
      drivers: [...vncDrivers, ...dracDrivers, ...fakeDrivers].map(({ target }) => target),
      providers: providers.map(({ target }) => target),
      novncproxyUrl: publicUrl,
      serialproxyUrl: serialUrl,
      outward,
      tokenTarget: await tapped(`conductor-${n}`, 'token', outward),
      ...(typeof options.conductor === 'function' ? options.conductor(n) : options.conductor),
    });
  });
  const cables = async (name: string) => {
    const lines = { conductor: await lineTo(() => conductors), token: await lineTo(() => tokens) };
    const targets = {
      conductorTarget: await tapped(name, 'conductor', lines.conductor),
      tokenTarget: await tapped(name, 'token', lines.token),
    };
    return { outward: Object.values(lines), targets };
  };
  proxies = await several(options.proxies, async (n) => {
    const { outward, targets } = await cables(`proxy-${n}`);
    return startProxyPart(common, `proxy-${n}`, outward, { ...targets, publicUrl, ...options.proxy });
  });
  serialproxies = await several(options.serialproxies ?? 0, async (n) => {
    const { outward, targets } = await cables(`serialproxy-${n}`);
    const settings = { ...targets, publicUrl: serialUrl, ...options.serialproxy };
    return startSerialproxyPart(common, `serialproxy-${n}`, outward, settings);
  });
  const conductorTarget = (await lineTo(() => conductors)).target;
  const tokenTarget = (await lineTo(() => tokens)).target;
  stack.defer(() => {
    for (const connection of connections.values()) connection[Symbol.dispose]();
  });
  return {
    ...{ conductors, tokens, proxies, serialproxies, vncDrivers, dracDrivers, fakeDrivers, providers },
    ...{ machines, containers },
    ...{ conductorTarget, tokenTarget, publicUrl, serialUrl },
    connect(target, identity = 'user/ada') {
      const key = `${identity} ${target}`;
      const connection = connections.get(key) ?? connect(target, { trust: trust(identity) });
      connections.set(key, connection);
      return connection;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

async function createFiles(stack: Stack): Promise<{ conductor: string; token: string }> {
  // In memory where there is such a place: these tests are not about disks.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'consolemesh-mesh-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return {
    conductor: `sqlite:${join(folder, 'conductor.sqlite')}`,
    token: `sqlite:${join(folder, 'token.sqlite')}`,
  };
}
