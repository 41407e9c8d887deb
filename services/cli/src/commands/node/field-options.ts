import { type Command, Option } from 'commander';
import { gather } from '../../arguments.ts';
import { routes } from '../choices.ts';

/** Adds the options of a node's fields. */
export function addFieldOptions(command: Command): Command {
  return command
    .option(
      '-i, --info <key=value>',
      'an address or option for its driver; KEY=@FILE takes the text of a file (repeatable)',
      gather,
    )
    .option(
      '-s, --secret <key=@file>',
      'a credential for its driver: KEY=@FILE, or KEY=- to be asked or to read standard input (repeatable)',
      gather,
    )
    .option('--graphical <driver>', 'driver of its screen, auto or none')
    .option('--serial <driver>', 'driver of its serial port, auto or none')
    .option('--power <driver>', 'driver of its power, auto or none')
    .addOption(new Option('--route <route>', 'how proxies reach its consoles').choices(routes))
    .option('--owner <name>', 'who owns it')
    .option('--lessee <name>', 'who has it on loan')
    .option('--instance-uuid <uuid>', 'the instance that runs on it')
    .option('--maintenance [reason]', 'put it under maintenance')
    .option('-l, --label <key=value>', 'a label for filters (repeatable)', gather)
    .option('--extra <key=value>', 'anything else (repeatable)', gather);
}
