import { type Command, Option } from 'commander';
import { action, type Run } from '../action.ts';
import { readInteger } from '../arguments.ts';
import type { UpCommandOptions } from '../up/run-up.ts';
import { logLevels } from './choices.ts';

/** `consolemesh up`. The services are loaded when they are wanted: every other command starts faster without them. */
export function addUpCommand(program: Command, run: Run): void {
  const port = readInteger(0, 65_535);
  program
    .command('up')
    .description('run the whole mesh in this process, with simulated machines to look at')
    .option('-p, --port <port>', 'port of the page of screens; 0 takes a free one', port, 6090)
    .option(
      '--serial-port <port>',
      'port of the page of serial consoles (default: 6091, or a free one when that is taken)',
      port,
    )
    .option(
      '--line-port <port>',
      'port of serial consoles for programs (default: 6092, or a free one when that is taken)',
      port,
    )
    .option('--api-port <port>', 'port of the API; 0 takes a free one', port, 7110)
    .option(
      '--token-port <port>',
      'port of the token service (default: 7120, or a free one when that is taken)',
      port,
    )
    .option('--host <address>', 'where the page is shown; the API stays on 127.0.0.1', '127.0.0.1')
    .option('--data <folder>', 'keep everything in this folder; without it everything is removed at the end')
    .addOption(
      new Option(
        '--database <url>',
        'PostgreSQL instead of SQLite files: the URL, or @FILE that holds it (CONSOLEMESH_DATABASE_URL)',
      ).default(run.io.env.CONSOLEMESH_DATABASE_URL || undefined, 'SQLite'),
    )
    .option('--no-simulator', 'no simulated machines')
    .addOption(
      new Option('--log-level <level>', 'what is logged on standard error')
        .choices(logLevels)
        .default('error'),
    )
    .action(action<[], UpCommandOptions>(run, async () => (await import('../up/run-up.ts')).runUp));
}
