import { PowerState } from '@consolemesh/contracts/driver';
import type { Context } from '../../context.ts';
import { wordOf } from '../../output/words.ts';
import { deadlineMs } from './deadline.ts';

/** Shows whether a machine is on. */
export async function showPower(context: Context, _options: object, node: string): Promise<void> {
  const { power } = await context.conductor(deadlineMs);
  const { state } = await power.getPower({ node });
  context.show({ node, power: wordOf(PowerState, state) ?? 'unknown' });
}
