import { randomUUID } from 'node:crypto';
import { BootDevice } from '@consolemesh/contracts/driver';
import type { Context } from '../../context.ts';
import { enumOf } from '../../output/words.ts';
import { deadlineMs } from './deadline.ts';

/** Sets where a machine starts from the next time. */
export async function setBootDevice(
  context: Context,
  { operationId }: { operationId?: string },
  node: string,
  device: string,
): Promise<void> {
  const { power } = await context.conductor(deadlineMs);
  await power.setBootDevice({
    node,
    device: enumOf(BootDevice, device),
    operationId: operationId ?? randomUUID(),
  });
  context.note(`${node} starts from ${device} the next time.`);
}
