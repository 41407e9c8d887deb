import { ObservedState, Route } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { fakeConsole, fakeNode, startFakeApi } from '../testing.ts';
import { registerDemoNode } from './register-demo-node.ts';

const fields = {
  name: 'idrac-1',
  route: Route.DIRECT,
  interfaces: { graphical: 'idrac-wsman', serial: 'ipmi-sol', power: 'ipmi-sol' },
  driverInfo: { drac_address: '127.0.0.1', drac_port: '8443' },
  driverSecrets: { drac_password: 'secret' },
};

/** Registers the machine where a node of its name is there already, with these labels and a console that is so. Answers what was called. */
async function registerAgain(labels: Record<string, string>, observed: ObservedState): Promise<string[]> {
  const calls: string[] = [];
  let there = true;
  const node = fakeNode({ name: fields.name, labels });
  await using api = await startFakeApi({
    nodes: {
      async createNode() {
        if (there) throw new MeshError('NODE_NAME_TAKEN', 'There is one.');
        calls.push('create');
        return { node };
      },
      getNode: async () => ({ node }),
      async updateNode({ node: changed, updateMask }) {
        if (changed?.name !== fields.name) there = false;
        calls.push(`update ${updateMask?.join(' ')}`);
        return { node };
      },
      async deleteNode({ node: id, force }) {
        calls.push(`delete ${id === node.id} ${force}`);
        return {};
      },
    },
    consoles: {
      getConsole: async ({ kind }) => ({
        console: fakeConsole({ observed: kind === ConsoleKind.GRAPHICAL ? observed : ObservedState.STOPPED }),
      }),
    },
  });
  using connection = connect(api.target, { trust: plaintext });
  await registerDemoNode(connection, fields);
  return calls;
}

test('the node of a run that was ended is pointed at the new machine', async () => {
  expect(await registerAgain({ demo: 'simulated' }, ObservedState.STOPPED)).toEqual([
    'update interfaces driver_info driver_secrets route',
  ]);
});

test('the node of a run that was killed, whose console nobody can put back any more, is made anew', async () => {
  expect(await registerAgain({ demo: 'simulated' }, ObservedState.READY)).toEqual([
    'update name',
    'delete true true',
    'create',
  ]);
});

test('a node that somebody has made is left alone, and it is said what to do', async () => {
  await expect(registerAgain({}, ObservedState.STOPPED)).rejects.toMatchObject({
    reason: 'NODE_NAME_TAKEN',
    message: expect.stringContaining('--no-simulator'),
  });
});
