import { ConsoleKind } from '@consolemesh/contracts/types';
import type { Command } from 'commander';
import { action, type Run } from '../action.ts';
import type { Context } from '../context.ts';
import type { Check } from '../doctor/check.ts';
import { checkConsole } from '../doctor/check-console.ts';
import { checkMachine } from '../doctor/check-machine.ts';
import { checkProxy } from '../doctor/check-proxy.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printable } from '../output/text.ts';
import { enumOf } from '../output/words.ts';
import { kindOption } from './options.ts';

/** `consolemesh doctor`: finds out what stands between a user and a console. */
export function addDoctorCommand(program: Command, run: Run): void {
  program
    .command('doctor <node>')
    .description('check step by step why a console does not open, and say what to do')
    .addOption(kindOption())
    .action(action(run, examine));
}

async function examine(context: Context, { kind }: { kind: string }, node: string): Promise<ExitCode> {
  const checks: Check[] = [];
  const report = (check: Check) => {
    checks.push(check);
    if (!context.json) context.io.stdout.write(describe(context, check));
  };
  const conductor = context.conductor(60_000);
  const found = (await conductor.nodes.getNode({ node })).node!;
  report({
    name: 'conductor',
    state: 'ok',
    message: `${context.options.api} answers and knows ${found.name}`,
  });
  for (const check of await checkMachine(conductor, found, kind)) report(check);
  const consoleCheck = await checkConsole(conductor, found, enumOf(ConsoleKind, kind));
  report(consoleCheck);
  if (consoleCheck.state === 'ok') {
    for (const check of await checkProxy(conductor, found, enumOf(ConsoleKind, kind))) report(check);
  } else {
    report({
      name: 'proxy',
      state: 'skipped',
      message: 'a URL can be made and tried when the console is ready',
    });
  }
  const healthy = checks.every(({ state }) => state !== 'failed');
  if (context.json) context.show({ node: found.name, kind, healthy, checks });
  return healthy ? 0 : 1;
}

function describe({ colours }: Context, { state, name, message, advice }: Check): string {
  const marks = { ok: colours.green('✓'), failed: colours.red('✗'), skipped: colours.dim('–') };
  const hint = state === 'failed' && advice ? `    ${colours.bold('→')} ${printable(advice)}\n` : '';
  return `${marks[state]} ${name}: ${printable(message)}\n${hint}`;
}
