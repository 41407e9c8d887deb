import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import { limitOption } from './options.ts';

/** `consolemesh session …`: who is connected. */
export function addSessionCommands(program: Command, run: Run): void {
  const session = program.command('session').description('who is connected');

  session
    .command('list')
    .description('list sessions, newest first')
    .option('--node <node>', 'only of this machine')
    .option('--subject <name>', 'only of this subject')
    .option('--all', 'those that ended within a day, too')
    .addOption(limitOption())
    .action(action(run, async () => (await import('./session/list.ts')).listSessions));

  session
    .command('show <session>')
    .description('show one session')
    .action(action(run, async () => (await import('./session/show.ts')).showSession));

  session
    .command('terminate <session...>')
    .description('end sessions; the link that opened one stays good unless it is revoked')
    .option(
      '--revoke',
      'also revoke every link that its subject has to that console, so that it stays closed',
    )
    .option('-m, --message <text>', 'one sentence that the user reads')
    .action(action(run, async () => (await import('./session/terminate.ts')).terminateSessions));
}
