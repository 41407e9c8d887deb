import type { Context } from '../../context.ts';
import { pluginView } from '../../output/views.ts';
import { type PluginKind, readPlugins } from './read.ts';

/** Lists plugins and how they are. */
export function listPlugins(kind: PluginKind) {
  return async (context: Context): Promise<void> => {
    context.list((await readPlugins(context, kind)).map(pluginView), [
      ['name', ({ name }) => name],
      ['consoles', ({ consoles }) => consoles.map(({ kind }) => kind).join(', ')],
      ['endpoints', ({ consoles }) => [...new Set(consoles.flatMap((one) => one.endpointKinds))].join(', ')],
      ['capabilities', ({ capabilities }) => capabilities.join(', ')],
      [
        'ready',
        ({ instances }) => `${instances.filter(({ state }) => state === 'ready').length}/${instances.length}`,
      ],
      ['trouble', ({ instances }) => instances.find(({ message }) => message)?.message],
    ]);
  };
}
