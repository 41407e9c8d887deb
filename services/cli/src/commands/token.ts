import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import { limitOption } from './options.ts';

/** `consolemesh token …`: the URLs that are out there. */
export function addTokenCommands(program: Command, run: Run): void {
  const token = program.command('token').description('the URLs that are out there');

  token
    .command('list')
    .description('list tokens that can still be opened, newest first; never the tokens themselves')
    .option('--console <uuid>', 'only of this console')
    .option('--subject <name>', 'only of this subject')
    .addOption(limitOption())
    .action(action(run, async () => (await import('./token/list.ts')).listTokens));

  token
    .command('revoke [token-id...]')
    .description('end tokens and the sessions that were opened with them')
    .option('--console <uuid>', 'every token of a console')
    .option('--subject <name>', 'every token of a subject')
    .option('--session <uuid>', 'one session; its token stays')
    .option('-m, --message <text>', 'one sentence that the user reads')
    .action(action(run, async () => (await import('./token/revoke.ts')).revokeTokens));
}
