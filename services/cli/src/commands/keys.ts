import type { Command } from 'commander';
import { action, type Run } from '../action.ts';

/** `consolemesh keys …`: the keys that the conductor seals secrets with. */
export function addKeysCommands(program: Command, run: Run): void {
  const keys = program.command('keys').description('the keys that stored secrets are sealed with');

  keys
    .command('status')
    .description('say how many secrets lie under which key')
    .action(action(run, async () => (await import('./keys/status.ts')).showKeys));

  keys
    .command('add <file>')
    .description(
      'add a new random key to a key ring, for opening only; every conductor has to have it before it seals',
    )
    .action(action<[string]>(run, async () => (await import('./keys/edit.ts')).addKey));

  keys
    .command('use <file> <id>')
    .description(
      'make a key of the ring the one that seals; conductors then seal anew what lies under others',
    )
    .action(action<[string, string]>(run, async () => (await import('./keys/edit.ts')).useKey));

  keys
    .command('drop <file> <id>')
    .description('take a key out of the ring; refused while secrets lie under it')
    .option('--force', 'without asking the conductor: what lies under the key is lost')
    .action(
      action<[string, string], { force?: boolean }>(
        run,
        async () => (await import('./keys/edit.ts')).dropKey,
      ),
    );
}
