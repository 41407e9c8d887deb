import { Argument, type Command, Option } from 'commander';
import { action, type Run } from '../action.ts';
import { bootDevices, powerActions } from './choices.ts';

const docs: Record<(typeof powerActions)[number], string> = {
  on: 'switch on',
  off: 'cut the power',
  'soft-off': 'ask the operating system to shut down',
  cycle: 'cut the power and switch on',
  reset: 'reset without cutting the power',
  nmi: 'send a non-maskable interrupt',
};

/** `consolemesh power …` and `consolemesh boot-device`. */
export function addPowerCommands(program: Command, run: Run): void {
  const power = program.command('power').description('their power');
  // The same id does it once, so a script may repeat a command whose answer it has lost.
  const operation = () => new Option('--operation-id <id>', 'repeat with the same id: it is done once');

  power
    .command('show <node>')
    .description('show whether it is on')
    .action(action(run, async () => (await import('./power/show.ts')).showPower));
  for (const word of powerActions) {
    power
      .command(`${word} <node>`)
      .description(docs[word])
      .addOption(operation())
      .action(action(run, async () => (await import('./power/set.ts')).setPower(word)));
  }

  program
    .command('boot-device <node>')
    .description('set where it starts from the next time, once')
    .addArgument(new Argument('<device>', 'where from').choices(bootDevices))
    .addOption(operation())
    .action(action(run, async () => (await import('./power/set-boot-device.ts')).setBootDevice));
}
