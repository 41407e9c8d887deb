import { randomUUID } from 'node:crypto';
import { PowerAction, PowerState } from '@consolemesh/contracts/driver';
import type { Context } from '../../context.ts';
import { enumOf, wordOf } from '../../output/words.ts';
import { deadlineMs } from './deadline.ts';

/** Changes the power of a machine in the way that a word names. */
export function setPower(word: string) {
  return async (context: Context, { operationId }: { operationId?: string }, node: string): Promise<void> => {
    const { power } = await context.conductor(deadlineMs);
    const { state } = await power.setPower({
      node,
      action: enumOf(PowerAction, word),
      operationId: operationId ?? randomUUID(),
    });
    context.show({ node, power: wordOf(PowerState, state) ?? 'unknown' });
  };
}
