import type { InventoryServiceImplementation, Plugin } from '@consolemesh/contracts/conductor';
import { ProbeState } from '@consolemesh/contracts/plugin';
import type { PluginInstance } from '../plugins/plugin-instance.ts';
import { reducedPlugin } from '../wire/reduced.ts';
import { type Caller, callerIn, decideAnywhere } from './caller.ts';
import type { ServiceContext } from './context.ts';

/** conductor.v1 InventoryService. */
export function createInventoryService({ plugins }: ServiceContext): InventoryServiceImplementation {
  return {
    listDrivers: async (_, call) => ({
      drivers: shownTo(callerIn(call), pluginsOf(plugins.directory.instances('driver'))),
    }),
    listProviders: async (_, call) => ({
      providers: shownTo(callerIn(call), pluginsOf(plugins.directory.instances('provider'))),
    }),
  };
}

function shownTo(caller: Caller, plugins: Plugin[]): Plugin[] {
  return decideAnywhere(caller, 'plugin.read') === 'yes' ? plugins : plugins.map(reducedPlugin);
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
