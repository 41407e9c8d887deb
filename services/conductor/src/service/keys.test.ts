import { KeyServiceDefinition, ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { connect, plaintext, toDuration } from '@consolemesh/mesh';
import { expect, test } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { createSharedDatabase } from '../testing/shared-database.ts';
import { startTestMesh } from '../testing/test-mesh.ts';

const [one, two] = ['one', 'two'].map((id, n) => ({ id, key: Buffer.alloc(32, n + 1) }));
const wait = toDuration(10_000);
const kind = ConsoleKind.GRAPHICAL;
const unreadable = { reason: 'SECRETS_UNREADABLE', message: expect.stringContaining('the key one') };

test('a node whose key is missing fails by itself with one clear reason, and is mended by new secrets', async () => {
  await using database = await createSharedDatabase();
  await using driver = await startFakeDriver();
  const common = { databaseUrl: database.url, drivers: [driver.target] };
  let lost: string;
  {
    await using mesh = await startTestMesh({ ...common, keyring: [one!] });
    await mesh.node('lost');
    await mesh.node('gone');
    await mesh.node('on');
    await mesh.consoles.enableConsole({ node: 'on', kind, wait });
    lost = (await mesh.nodes.getNode({ node: 'lost' })).node!.id;
  }
  await using mesh = await startTestMesh({ ...common, keyring: [two!] });
  using connection = connect(mesh.conductors[0]!.target, { trust: plaintext });
  const keys = connection.client(KeyServiceDefinition);
  await mesh.node('fine');
  await mesh.consoles.enableConsole({ node: 'fine', kind, wait });
  await mesh.until('fine', ObservedState.READY);
  expect((await keys.listSealingKeys({})).keys).toEqual([
    { keyId: 'two', active: true, present: true, nodes: 1n, consoles: 1n },
    { keyId: 'one', active: false, present: false, nodes: 3n, consoles: 1n },
  ]);

  const { nodes } = await mesh.nodes.listNodes({});
  expect(nodes.map(({ name }) => name)).toEqual(['fine', 'gone', 'lost', 'on']);
  await mesh.consoles.enableConsole({ node: 'lost', kind });
  expect((await mesh.failing('lost')).lastError).toMatchObject(unreadable);
  const rename = { node: { id: lost, name: 'renamed' }, updateMask: ['name'] };
  await expect(mesh.nodes.updateNode(rename)).rejects.toMatchObject(unreadable);
  await mesh.nodes.deleteNode({ node: 'gone' });
  // What was on under the lost key is given up by force, and its node can go.
  await mesh.consoles.disableConsole({ node: 'on', kind, force: true });
  await mesh.nodes.deleteNode({ node: 'on', force: true });

  const secrets = { id: lost, driverSecrets: { password: 'calvin' } };
  await mesh.nodes.updateNode({ node: { ...secrets, name: 'lost' }, updateMask: ['driver_secrets'] });
  await mesh.until('lost', ObservedState.READY);
  await mesh.nodes.updateNode(rename);
  expect((await keys.listSealingKeys({})).keys).toEqual([
    { keyId: 'two', active: true, present: true, nodes: 2n, consoles: 2n },
  ]);
});
