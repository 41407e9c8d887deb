import { DesiredState, type Node, ObservedState } from '@consolemesh/contracts/conductor';
import type { ConsoleKind } from '@consolemesh/contracts/types';
import { errorRow, isReason } from '@consolemesh/errors';
import type { Conductor } from '../context.ts';
import { wordOf } from '../output/words.ts';
import type { Check } from './check.ts';

/** Whether the console can be opened, and if not, why. */
export async function checkConsole(conductor: Conductor, node: Node, kind: ConsoleKind): Promise<Check> {
  const console = (await conductor.consoles.getConsole({ node: node.id, kind })).console!;
  const observed = wordOf(ObservedState, console.observed) ?? 'unknown';
  const name = 'console';
  if (console.observed === ObservedState.READY) {
    return { name, state: 'ok', message: `ready by ${console.driver}: ${console.driverWhy}` };
  }
  if (console.desired === DesiredState.DISABLED) {
    return {
      name,
      state: 'failed',
      message: 'disabled',
      advice: `consolemesh console enable ${node.name} --wait`,
    };
  }
  const { lastError } = console;
  if (!lastError) {
    const advice = 'Wait a moment; `consolemesh console show NODE` says how far it is.';
    return { name, state: 'failed', message: observed, advice };
  }
  const mends = isReason(lastError.reason) && errorRow(lastError.reason).recovery === 'retry';
  return {
    name,
    state: 'failed',
    message: `${observed}: ${lastError.message} (${lastError.reason})`,
    advice: mends
      ? 'It is tried again by itself; `consolemesh console enable NODE` tries at once.'
      : 'Mend what it says; `consolemesh console enable NODE` then tries again.',
  };
}
