import {
  Affinity,
  type Capability,
  type PluginServiceImplementation,
  PluginType,
  ProbeState,
} from '@consolemesh/contracts/plugin';
import type { EndpointKind, Kind } from '../driver.ts';
import { endpointKinds, kinds } from '../words.ts';

/** Who a plugin is and what it can do. */
export interface PluginDescription {
  readonly name: string;
  readonly version: string;
  readonly instanceId: string;
  readonly type: 'driver' | 'provider';
  /** JSON Schema of its options. */
  readonly optionsSchema: object;
  readonly consoles: readonly {
    readonly kind: Kind;
    readonly endpointKinds: readonly EndpointKind[];
    readonly affinity: 'none' | 'instance';
  }[];
  readonly capabilities: readonly Capability[];
  /** Target of this very instance; known once it listens. */
  target(): string;
  probe(): Promise<{ state: 'initialising' | 'broken'; message: string } | undefined>;
}

/** plugin.v1 of any plugin. */
export function createPluginService(plugin: PluginDescription): PluginServiceImplementation {
  return {
    async getPluginInfo() {
      return {
        name: plugin.name,
        version: plugin.version,
        instanceId: plugin.instanceId,
        target: plugin.target(),
        type: plugin.type === 'driver' ? PluginType.DRIVER : PluginType.PROVIDER,
        optionsSchema: JSON.stringify(plugin.optionsSchema),
      };
    },
    async getPluginCapabilities() {
      return {
        consoles: plugin.consoles.map((console) => ({
          kind: kinds.number(console.kind),
          endpointKinds: console.endpointKinds.map((kind) => endpointKinds.number(kind)),
          affinity: console.affinity === 'none' ? Affinity.NONE : Affinity.INSTANCE,
        })),
        capabilities: [...plugin.capabilities],
      };
    },
    async probe() {
      const trouble = await plugin.probe();
      if (!trouble) return { state: ProbeState.READY, message: '' };
      const state = trouble.state === 'broken' ? ProbeState.BROKEN : ProbeState.INITIALISING;
      return { state, message: trouble.message };
    },
  };
}

/** Refuses a name that the contract does not allow. */
export function requirePluginName(name: string): void {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,62})$/.test(name)) {
    throw new Error(
      `${JSON.stringify(name)} is no name for a plugin: lower-case letters, digits and hyphens, at most 63`,
    );
  }
}
