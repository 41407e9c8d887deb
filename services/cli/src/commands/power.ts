import { randomUUID } from 'node:crypto';
import { BootDevice, PowerAction, PowerState } from '@consolemesh/contracts/driver';
import { Argument, type Command, Option } from 'commander';
import { action, type Run } from '../action.ts';
import type { Context } from '../context.ts';
import { enumOf, wordOf, wordsOf } from '../output/words.ts';

/** BMCs take their time, ms. */
const deadlineMs = 60_000;

const docs: Record<string, string> = {
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

  power.command('show <node>').description('show whether it is on').action(action(run, showPower));
  for (const word of wordsOf(PowerAction)) {
    power
      .command(`${word} <node>`)
      .description(docs[word] ?? word)
      .addOption(operation())
      .action(
        action(run, async (context, { operationId }: { operationId?: string }, node: string) => {
          const answer = await context.conductor(deadlineMs).power.setPower({
            node,
            action: enumOf(PowerAction, word),
            operationId: operationId ?? randomUUID(),
          });
          context.show({ node, power: wordOf(PowerState, answer.state) ?? 'unknown' });
        }),
      );
  }

  program
    .command('boot-device <node>')
    .description('set where it starts from the next time, once')
    .addArgument(new Argument('<device>', 'where from').choices(wordsOf(BootDevice)))
    .addOption(operation())
    .action(action(run, setBootDevice));
}

async function showPower(context: Context, _options: object, node: string): Promise<void> {
  const { state } = await context.conductor(deadlineMs).power.getPower({ node });
  context.show({ node, power: wordOf(PowerState, state) ?? 'unknown' });
}

async function setBootDevice(
  context: Context,
  { operationId }: { operationId?: string },
  node: string,
  device: string,
): Promise<void> {
  await context.conductor(deadlineMs).power.setBootDevice({
    node,
    device: enumOf(BootDevice, device),
    operationId: operationId ?? randomUUID(),
  });
  context.note(`${node} starts from ${device} the next time.`);
}
