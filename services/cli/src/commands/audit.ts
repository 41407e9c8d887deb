import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import { readInteger } from '../arguments.ts';
import { limitOption } from './options.ts';

/** `consolemesh audit …`: who did what. */
export function addAuditCommands(program: Command, run: Run): void {
  const audit = program
    .command('audit')
    .description('who opened, wrote, was refused, was ended, and revoked and changed what');

  audit
    .command('list')
    .description('list events, newest first')
    .option('--node <node>', 'only of this machine (UUID or name), also one that is gone')
    .option('--subject <name>', 'only of this subject, or done by this identity')
    .option('-k, --kind <kind>', 'only of this kind, such as session.refused')
    .option('--since <time>', 'not before a time (ISO 8601), or not longer ago than 30m, 8h, 7d')
    .option('--until <time>', 'before a time, or longer ago than that')
    .addOption(limitOption())
    .action(action(run, async () => (await import('./audit/list.ts')).listAuditEvents));

  audit
    .command('export')
    .description(
      'print all events oldest first, a line of JSON for each; to be kept before they are deleted for their age',
    )
    .option('--after <number>', 'only after the event of this number', readInteger(0, 2 ** 53 - 1))
    .option('-f, --follow', 'go on with those that come, until Ctrl-C')
    .action(action(run, async () => (await import('./audit/export.ts')).exportAuditEvents));

  audit
    .command('verify')
    .description('recompute the chain of hashes of all events; what was changed or taken out breaks it')
    .option(
      '--anchor <hash>',
      'a last hash noted earlier, which has to be there still: shows a log that was cut or written anew',
    )
    .option('--file <file>', 'verify what `audit export` wrote instead of what the conductor has')
    .action(action(run, async () => (await import('./audit/verify.ts')).verifyAuditLog));
}
