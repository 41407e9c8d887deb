import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import { gather, readInteger } from '../arguments.ts';
import type { InitOptions } from './certs/init.ts';
import type { IssueOptions } from './certs/issue.ts';

/** `consolemesh certs …`: an authority for trying mTLS out. What signs is loaded when it is wanted: it is large. */
export function addCertsCommands(program: Command, run: Run): void {
  const certs = program
    .command('certs')
    .description('certificates for mTLS between the services, for development');

  certs
    .command('init <folder>')
    .description('make an authority; its trust domain is --trust-domain')
    .option('--days <n>', 'how long it is good', readInteger(1, 7_300), 365)
    .action(action<[string], InitOptions>(run, async () => (await import('./certs/init.ts')).initAuthority));

  certs
    .command('issue <folder> [identity...]')
    .description('issue certificates for identities such as service/conductor or user/alice')
    .option('--all', 'for every service, and for user/admin')
    .option('--dns <name>', 'a host name that it is good for, besides localhost (repeatable)', gather)
    .option(
      '--ip <address>',
      'an address that it is good for, besides 127.0.0.1 and ::1 (repeatable)',
      gather,
    )
    .option('--days <n>', 'how long it is good', readInteger(1, 7_300), 90)
    .option('--replace', 'replace certificates that are there')
    .action(
      action<[string, string[]], IssueOptions>(
        run,
        async () => (await import('./certs/issue.ts')).issueCertificates,
      ),
    );

  certs
    .command('password <name>')
    .description(
      'print the line that lets a user call the conductor with a password, for CONSOLEMESH_BASIC_AUTH_FILE',
    )
    .action(action<[string]>(run, async () => (await import('./certs/password.ts')).printPasswordLine));
}
