import type { Plugin } from '@consolemesh/contracts/conductor';
import { MeshError } from '@consolemesh/errors';
import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import type { Context } from '../context.ts';
import { pluginView } from '../output/views.ts';

/** `consolemesh driver …` and `consolemesh provider …`: what the conductor works with. */
export function addPluginCommands(program: Command, run: Run): void {
  const drivers = async (context: Context) => (await context.conductor().inventory.listDrivers({})).drivers;
  const providers = async (context: Context) =>
    (await context.conductor().inventory.listProviders({})).providers;
  for (const [name, doc, read] of [
    ['driver', 'what speaks to BMCs', drivers],
    ['provider', 'what runs console containers', providers],
  ] as const) {
    const plugin = program.command(name).description(doc);
    plugin
      .command('list')
      .description(`list ${name}s and how they are`)
      .action(action(run, async (context) => listPlugins(context, await read(context))));
    plugin
      .command('show <name>')
      .description(`show a ${name}, its instances and the options that it takes`)
      .action(
        action(run, async (context, _options, wanted: string) => {
          const found = (await read(context)).find((one) => one.name === wanted);
          if (!found)
            throw new MeshError('DRIVER_NOT_FOUND', `The conductor knows no ${name} named ${wanted}.`);
          showPlugin(context, found);
        }),
      );
  }
}

function listPlugins(context: Context, plugins: readonly Plugin[]): void {
  context.list(plugins.map(pluginView), [
    ['name', ({ name }) => name],
    ['consoles', ({ consoles }) => consoles.map(({ kind }) => kind).join(', ')],
    ['endpoints', ({ consoles }) => [...new Set(consoles.flatMap((one) => one.endpointKinds))].join(', ')],
    ['capabilities', ({ capabilities }) => capabilities.join(', ')],
    [
      'ready',
      ({ instances }) => `${instances.filter(({ state }) => state === 'ready').length}/${instances.length}`,
    ],
    ['trouble', ({ instances }) => instances.find(({ message }) => message !== '')?.message],
  ]);
}

function showPlugin(context: Context, plugin: Plugin): void {
  const view = pluginView(plugin);
  context.show(view, {
    name: view.name,
    consoles: view.consoles.map(({ kind, endpointKinds }) => `${kind}: ${endpointKinds.join(', ')}`),
    capabilities: view.capabilities.join(', '),
    instances: view.instances,
    ...optionFields(view.optionsSchema),
  });
}

/** The options of a JSON Schema (`driver_info`, `driver_secrets` or `options`), a line each. */
function optionFields(schema: unknown): Record<string, Record<string, string>> {
  const groups = properties(schema);
  return Object.fromEntries(
    Object.entries(groups).map(([group, inner]) => {
      const required = (inner as { required?: unknown })?.required;
      const lines = Object.entries(properties(inner)).map(([key, option]) => {
        const { description, default: fallback } = (option ?? {}) as {
          description?: string;
          default?: unknown;
        };
        const must = Array.isArray(required) && required.includes(key) ? ' (required)' : '';
        const usual = fallback === undefined ? '' : ` (default ${fallback})`;
        return [key, `${description ?? ''}${must}${usual}`];
      });
      return [group, Object.fromEntries(lines)];
    }),
  );
}

function properties(schema: unknown): Record<string, unknown> {
  const found = (schema as { properties?: unknown } | undefined)?.properties;
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}
