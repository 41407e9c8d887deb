import { ProbeState } from '@consolemesh/contracts/plugin';
import { MeshError } from '@consolemesh/errors';
import { expect, it } from 'vitest';
import type { NodeAccess } from '../domain/node.ts';
import { systemScheduler } from '../scheduler.ts';
import type { PluginDirectory } from './plugin-directory.ts';
import type { PluginInstance } from './plugin-instance.ts';
import { createPlugins } from './plugins.ts';

/** A driver's instance that is known and ready, as far as anybody knows. */
const instance = (instanceId: string) =>
  ({
    ...{
      type: 'driver',
      name: 'vnc',
      instanceId,
      gone: false,
      narrow: (access: NodeAccess) => access,
      state: ProbeState.READY,
      message: '',
    },
    connection: { client: () => ({}) },
  }) as unknown as PluginInstance;

const plugins = (...instances: PluginInstance[]) =>
  createPlugins(
    { instances: () => instances } as unknown as PluginDirectory,
    { scheduler: systemScheduler },
    false,
  );

/** Asks, and writes down who was asked; those named answer with a reason. */
async function ask(known: ReturnType<typeof plugins>, failures: Record<string, MeshError>) {
  const asked: string[] = [];
  const answer = known.askDriver('vnc', async ({ holder: { instanceId } }) => {
    asked.push(instanceId);
    if (failures[instanceId]) throw failures[instanceId];
    return instanceId;
  });
  return { asked, answer: await answer.catch((error: MeshError) => error.reason) };
}

const away = new MeshError('DRIVER_UNAVAILABLE');

it('asks another instance when one is gone that nobody knows to be gone', async () => {
  const known = plugins(instance('a'), instance('b'));
  for (let turn = 0; turn < 4; turn += 1)
    expect(await ask(known, { a: away })).toMatchObject({ answer: 'b' });
});

it('asks each instance once, and gives up with the last answer', async () => {
  const { asked, answer } = await ask(plugins(instance('a'), instance('b'), instance('c')), {
    a: away,
    b: away,
    c: away,
  });
  expect(asked.toSorted()).toEqual(['a', 'b', 'c']);
  expect(answer).toBe('DRIVER_UNAVAILABLE');
});

it('takes what an instance says about the machine as it is', async () => {
  const busy = new MeshError('BMC_BUSY');
  const { asked, answer } = await ask(plugins(instance('a'), instance('b')), { a: busy, b: busy });
  expect(asked).toHaveLength(1);
  expect(answer).toBe('BMC_BUSY');
});
