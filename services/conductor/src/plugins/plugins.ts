import { Capability, type ConsoleCapability } from '@consolemesh/contracts/plugin';
import { MeshError, type Reason } from '@consolemesh/errors';
import type { Candidate } from '../domain/choose-driver.ts';
import type { Holder } from '../domain/console.ts';
import type { ConsoleKind } from '../domain/kinds.ts';
import { knownOptions } from '../domain/known-options.ts';
import { type LocatingOptions, locatingOptions } from '../domain/locating-options.ts';
import type { InterfaceName, NodeAccess } from '../domain/node.ts';
import { kindToWire } from '../wire/kinds.ts';
import type { CallSettings } from './call-plugin.ts';
import { createDriverPort, type DriverPort } from './driver-adapter.ts';
import { isUsable, type PluginDirectory } from './plugin-directory.ts';
import type { PluginInstance } from './plugin-instance.ts';
import { createProviderPort, type ProviderPort } from './provider-adapter.ts';

/** A plugin instance and the port to it. */
export interface Reached<Port> {
  readonly holder: Holder;
  readonly port: Port;
}

/** The plugins by name: who can do it now. */
export interface Plugins {
  readonly directory: PluginDirectory;
  /** The instance that has a console when it is usable, else any usable one of the driver. @throws MeshError */
  driver(name: string, preferred?: Holder): Reached<DriverPort>;
  /**
   * Asks usable instances of a driver one after the other until one answers: for what changes nothing, and so may be asked of anybody. An
   * instance that has just died is not known to be dead yet. @throws MeshError
   */
  askDriver<T>(name: string, ask: (driver: Reached<DriverPort>) => Promise<T>): Promise<T>;
  /** The provider of that name, or any when none is named. @throws MeshError */
  provider(name: string | undefined, preferred?: Holder): Reached<ProviderPort> & { name: string };
  /** Which options locate a driver's machines; none when nobody has said so. */
  locating(driver: string): LocatingOptions;
  /** Whether containers can be had at all. Not whether right now: a start that is repeated must ask for the same. */
  hasProvider(): boolean;
  /** Whether the instance that holds a console is gone; one that was not found yet is given the time to be. */
  isGone(holder: Holder): boolean;
  /** The usable instance that holds a console, for watching it. */
  held(type: PluginInstance['type'], holder: Holder): PluginInstance | undefined;
  /** Every usable instance with the port to it. */
  drivers(): readonly (Reached<DriverPort> & { instance: PluginInstance })[];
  providers(): readonly (Reached<ProviderPort> & { instance: PluginInstance })[];
  /** Drivers in the order of the configuration, as `chooseDriver` wants them. */
  candidates(
    access: NodeAccess,
    kind: ConsoleKind | undefined,
    reach: boolean,
    signal?: AbortSignal,
  ): Candidate[];
}

const noDriver = { unknown: 'DRIVER_NOT_FOUND', silent: 'DRIVER_UNAVAILABLE' } as const;

/** Ports to every instance of the directory. Instances take turns where several could do it. */
export function createPlugins(
  directory: PluginDirectory,
  settings: CallSettings,
  hasProvider: boolean,
): Plugins {
  const drivers = new WeakMap<object, DriverPort>();
  const providers = new WeakMap<object, ProviderPort>();
  let turn = 0;

  function pick(
    type: PluginInstance['type'],
    name: string | undefined,
    preferred: Holder | undefined,
    missing: { unknown: Reason; silent: Reason },
  ): PluginInstance {
    const named = directory
      .instances(type)
      .filter((instance) => name === undefined || instance.name === name);
    const usable = named.filter(isUsable);
    const held = usable.find(({ instanceId }) => instanceId === preferred?.instanceId);
    turn += 1;
    const found = held ?? usable[turn % Math.max(1, usable.length)];
    if (found) return found;
    const what = name === undefined ? `container ${type}` : `${type} ${name}`;
    if (named.length === 0) throw new MeshError(missing.unknown, `No ${what} is known to the conductor.`);
    const why = named.find(({ message }) => message !== '')?.message;
    throw new MeshError(
      missing.silent,
      `No instance of the ${what} can work at present${why ? `: ${why}` : '.'}`,
    );
  }

  const usableDrivers = (name: string) =>
    directory.instances('driver').filter((instance) => instance.name === name && isUsable(instance));
  const driverPort = (instance: PluginInstance): DriverPort => {
    const port = drivers.get(instance.connection) ?? createDriverPort(instance, settings);
    drivers.set(instance.connection, port);
    return port;
  };
  const providerPort = (instance: PluginInstance): ProviderPort => {
    const port = providers.get(instance.connection) ?? createProviderPort(instance, settings);
    providers.set(instance.connection, port);
    return port;
  };

  const plugins: Plugins = {
    directory,
    driver(name, preferred) {
      const instance = pick('driver', name, preferred, noDriver);
      return { holder: holderOf(instance), port: driverPort(instance) };
    },
    async askDriver(name, ask) {
      const asked = new Set<string>();
      for (let instance = pick('driver', name, undefined, noDriver); ; ) {
        asked.add(instance.instanceId);
        try {
          return await ask({ holder: holderOf(instance), port: driverPort(instance) });
        } catch (error) {
          const other = usableDrivers(name).find(({ instanceId }) => !asked.has(instanceId));
          if (!other || !(error instanceof MeshError) || error.reason !== 'DRIVER_UNAVAILABLE') throw error;
          instance = other;
        }
      }
    },
    provider(name, preferred) {
      const instance = pick('provider', name, preferred, {
        unknown: 'PROVIDER_NOT_FOUND',
        silent: 'PROVIDER_UNAVAILABLE',
      });
      return { name: instance.name, holder: holderOf(instance), port: providerPort(instance) };
    },
    locating(name) {
      const known = directory
        .instances('driver')
        .filter((instance) => instance.name === name)
        .map(({ optionsSchema }) => locatingOptions(optionsSchema));
      return known.find(({ size }) => size > 0) ?? new Map();
    },
    hasProvider: () => hasProvider,
    isGone: (holder) => directory.find(holder.instanceId)?.gone ?? directory.isComplete(),
    held: (type, holder) =>
      directory.instances(type).find((item) => item.instanceId === holder.instanceId && isUsable(item)),
    drivers: () =>
      directory
        .instances('driver')
        .filter(isUsable)
        .map((instance) => ({ instance, holder: holderOf(instance), port: driverPort(instance) })),
    providers: () =>
      directory
        .instances('provider')
        .filter(isUsable)
        .map((instance) => ({ instance, holder: holderOf(instance), port: providerPort(instance) })),
    candidates(access, kind, reach, signal) {
      const names = new Set(directory.instances('driver').map(({ name }) => name));
      return [...names].map((name): Candidate => {
        const instances = directory.instances('driver').filter((instance) => instance.name === name);
        return {
          name,
          knows: Math.max(...instances.map(({ optionsSchema }) => knownOptions(optionsSchema, access))),
          serves: (wanted) => instances.some(({ capabilities }) => serves(capabilities, wanted)),
          async validate() {
            if (usableDrivers(name).length === 0) return undefined;
            const kinds = kind ? [kind] : [];
            return plugins.askDriver(name, ({ port }) => port.validateNode(access, kinds, reach, signal));
          },
        };
      });
    },
  };
  return plugins;
}

/** The name by which a record remembers an instance. */
export function holderOf({ instanceId, target }: PluginInstance): Holder {
  return { instanceId, target };
}

function serves(
  { consoles, capabilities }: { consoles: readonly ConsoleCapability[]; capabilities: readonly Capability[] },
  wanted: InterfaceName,
): boolean {
  if (wanted === 'power')
    return capabilities.includes(Capability.POWER) || capabilities.includes(Capability.BOOT_DEVICE);
  return consoles.some(({ kind }) => kind === kindToWire(wanted));
}
