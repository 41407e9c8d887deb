import type { InventoryServiceImplementation, Plugin } from '@consolemesh/contracts/conductor';
import { ProbeState } from '@consolemesh/contracts/plugin';
import type { PluginInstance } from '../plugins/plugin-instance.ts';
import type { ServiceContext } from './context.ts';

/** conductor.v1 InventoryService. */
export function createInventoryService({ plugins }: ServiceContext): InventoryServiceImplementation {
  return {
    listDrivers: async () => ({ drivers: pluginsOf(plugins.directory.instances('driver')) }),
    listProviders: async () => ({ providers: pluginsOf(plugins.directory.instances('provider')) }),
  };
}

function pluginsOf(instances: readonly PluginInstance[]): Plugin[] {
  const names = [...new Set(instances.map(({ name }) => name))].sort();
  return names.map((name) => {
    const members = instances.filter((instance) => instance.name === name);
    // The newest that lives speaks for all.
    const speaker = members.findLast(({ gone }) => !gone) ?? members[members.length - 1];
    return {
      name,
      capabilities: speaker?.capabilities,
      optionsSchema: speaker?.optionsSchema ?? '',
      instances: members.map(({ instanceId, target, version, state, message, gone }) => ({
        instanceId,
        target,
        version,
        state: gone ? ProbeState.BROKEN : state,
        message,
      })),
    };
  });
}
