import { nearestName } from '@consolemesh/config';
import type { Context } from '../../context.ts';
import { notFound } from '../../exit-codes.ts';
import { pluginView } from '../../output/views.ts';
import { type PluginKind, readPlugins } from './read.ts';

/** Shows a plugin, its instances and the options that it takes. Throws when there is none, with the name that was probably meant. */
export function showPlugin(kind: PluginKind) {
  return async (context: Context, _options: object, wanted: string): Promise<void> => {
    const plugins = await readPlugins(context, kind);
    const found = plugins.find(({ name }) => name === wanted);
    if (!found)
      throw unknown(
        kind,
        wanted,
        plugins.map(({ name }) => name),
      );
    const view = pluginView(found);
    context.show(view, {
      name: view.name,
      consoles: view.consoles.map((one) => `${one.kind}: ${one.endpointKinds.join(', ')}`),
      capabilities: view.capabilities.join(', '),
      instances: view.instances,
      ...optionFields(view.optionsSchema),
    });
  };
}

function unknown(kind: PluginKind, wanted: string, known: readonly string[]) {
  const meant = nearestName(wanted, known);
  const hint = meant
    ? `Did you mean ${meant}?`
    : known.length > 0
      ? `It knows ${known.join(', ')}.`
      : `It knows no ${kind} at all yet.`;
  return notFound(`The conductor knows no ${kind} named ${wanted}.`, hint);
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
