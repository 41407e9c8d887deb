import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import { gather } from '../arguments.ts';
import { addFieldOptions } from './node/field-options.ts';
import { limitOption } from './options.ts';

/** `consolemesh node …`: the machines. */
export function addNodeCommands(program: Command, run: Run): void {
  const node = program.command('node').description('the machines');

  addFieldOptions(node.command('create <name>').description('add a machine'))
    .option('--id <uuid>', 'its UUID, when it has one elsewhere already')
    .addHelpText(
      'after',
      '\nExample:\n  consolemesh node create rack1-u7 --info vnc_address=192.0.2.7 --secret vnc_password=@password.txt',
    )
    .action(action(run, async () => (await import('./node/create.ts')).createNode));

  node
    .command('list')
    .description('list machines by name')
    .option('--name-prefix <text>', 'only names that begin so')
    .option('--label <key=value>', 'only with this label (repeatable)', gather)
    .option('--owner <name>', 'only of this owner')
    .option('--lessee <name>', 'only lent to this lessee')
    .option('--instance-uuid <uuid>', 'only with this instance')
    .option('--maintenance', 'only under maintenance')
    .option('--no-maintenance', 'only not under maintenance')
    .addOption(limitOption())
    .action(action(run, async () => (await import('./node/list.ts')).listNodes));

  node
    .command('show <node>')
    .description('show one machine, its secrets masked')
    .action(action(run, async () => (await import('./node/show.ts')).showNode));

  addFieldOptions(node.command('set <node>').description('change a machine; what is not named stays'))
    .option('--name <name>', 'a new name')
    .option('--unset <field>', 'remove a field or a key, such as driver_info.vnc_port (repeatable)', gather)
    .option('--no-maintenance', 'end the maintenance')
    .option('--etag <etag>', 'only if nobody changed it since this version')
    .action(action(run, async () => (await import('./node/set.ts')).setNode));

  node
    .command('delete <node...>')
    .description('delete machines whose consoles are disabled')
    .option('--force', 'disable their consoles first; one that cannot be stopped is given up')
    .action(action(run, async () => (await import('./node/delete.ts')).deleteNodes));

  node
    .command('validate <node>')
    .description('ask the drivers what they think of a machine')
    .option('--reachability', 'also try to reach its BMC')
    .action(action(run, async () => (await import('./node/validate.ts')).validateNode));
}
