import type { Command } from 'commander';
import { action, type Run } from '../action.ts';

/** `consolemesh driver …` and `consolemesh provider …`: what the conductor works with. */
export function addPluginCommands(program: Command, run: Run): void {
  for (const [kind, doc] of [
    ['driver', 'what speaks to BMCs'],
    ['provider', 'what runs console containers'],
  ] as const) {
    const plugin = program.command(kind).description(doc);
    plugin
      .command('list')
      .description(`list ${kind}s and how they are`)
      .action(action(run, async () => (await import('./plugin/list.ts')).listPlugins(kind)));
    plugin
      .command(`show <${kind}>`)
      .description(`show a ${kind}, its instances and the options that it takes`)
      .action(action(run, async () => (await import('./plugin/show.ts')).showPlugin(kind)));
  }
}
