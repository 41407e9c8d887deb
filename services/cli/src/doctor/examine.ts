import type { Node } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import type { Conductor, Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printable } from '../output/text.ts';
import { enumOf } from '../output/words.ts';
import { type Check, skipped } from './check.ts';
import { checkConsole } from './check-console.ts';
import { checkMachine } from './check-machine.ts';
import { checkProxy } from './check-proxy.ts';

/** BMCs take their time, ms. */
const deadlineMs = 60_000;

/** Checks a console step by step and prints each as it is done. Ends with 1 when one failed. */
export async function examine(
  context: Context,
  { kind }: { kind: 'graphical' | 'serial' },
  node: string,
): Promise<ExitCode> {
  const checks: Check[] = [];
  const report = (check: Check) => {
    checks.push(check);
    if (!context.json) context.io.stdout.write(describe(context, check));
  };
  const conductor = await context.conductor(deadlineMs);
  const found = await findNode(conductor, context, node);
  if ('state' in found) report(found);
  else {
    const message = `${context.options.api} answers and knows ${found.name}`;
    report({ name: 'conductor', state: 'ok', message });
    await examineNode(conductor, found, kind, report);
  }
  const healthy = checks.every(({ state }) => state !== 'failed');
  if (context.json) context.show({ node: 'state' in found ? node : found.name, kind, healthy, checks });
  return healthy ? 0 : 1;
}

/** The node, or why the conductor cannot be asked for it. Throws when it can, and there is no such node. */
async function findNode(conductor: Conductor, context: Context, node: string): Promise<Node | Check> {
  try {
    return (await conductor.nodes.getNode({ node })).node!;
  } catch (error) {
    if (!(error instanceof MeshError) || error.reason === 'NODE_NOT_FOUND') throw error;
    const { hint = `Name another conductor than ${context.options.api} with --api HOST:PORT.` } =
      error.metadata;
    return { name: 'conductor', state: 'failed', message: error.message, advice: hint };
  }
}

async function examineNode(
  conductor: Conductor,
  node: Node,
  kind: 'graphical' | 'serial',
  report: (check: Check) => void,
): Promise<void> {
  const wireKind = enumOf(ConsoleKind, kind);
  const console = (await conductor.consoles.getConsole({ node: node.id, kind: wireKind })).console!;
  for (const check of await checkMachine(conductor, { node, kind, console })) report(check);
  const consoleCheck = checkConsole({ node, kind, console });
  report(consoleCheck);
  if (consoleCheck.state === 'ok') {
    for (const check of await checkProxy(conductor, node, wireKind)) report(check);
  } else {
    for (const name of ['url', 'page', 'websocket']) report(skipped(name, 'the console is not ready'));
  }
}

function describe({ colours }: Context, { state, name, message, advice }: Check): string {
  const marks = { ok: colours.green('✓'), failed: colours.red('✗'), skipped: colours.dim('–') };
  const hint = state === 'failed' && advice ? `    ${colours.bold('→')} ${printable(advice)}\n` : '';
  return `${marks[state]} ${name}: ${printable(message)}\n${hint}`;
}
