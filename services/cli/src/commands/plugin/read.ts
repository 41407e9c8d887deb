import type { Plugin } from '@consolemesh/contracts/conductor';
import type { Context } from '../../context.ts';

/** The two kinds of plugins. */
export type PluginKind = 'driver' | 'provider';

/** All plugins of a kind that the conductor knows. */
export async function readPlugins(context: Context, kind: PluginKind): Promise<readonly Plugin[]> {
  const { inventory } = await context.conductor();
  if (kind === 'driver') return (await inventory.listDrivers({})).drivers;
  return (await inventory.listProviders({})).providers;
}
