import { ObservedState } from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import type { MeshError } from '@consolemesh/errors';
import { toDuration } from '@consolemesh/mesh';
import { describe, expect, test, vi } from 'vitest';
import { startFakeDriver } from '../testing/fake-driver.ts';
import { startTestMesh } from '../testing/test-mesh.ts';

const kind = ConsoleKind.GRAPHICAL;
const wait = toDuration(10_000);

describe('nodes', () => {
  test('are stored with their secrets masked, and found by UUID and by name', async () => {
    await using mesh = await startTestMesh();
    const { node } = await mesh.nodes.createNode({
      node: { name: 'n1', driverSecrets: { password: 'calvin' } },
    });
    expect(node).toMatchObject({
      name: 'n1',
      interfaces: { graphical: 'auto', serial: 'auto', power: 'auto' },
      driverSecrets: { password: '******' },
    });
    expect((await mesh.nodes.getNode({ node: node!.id })).node).toEqual(node);
    expect((await mesh.nodes.getNode({ node: 'n1' })).node).toEqual(node);
    await expect(mesh.nodes.getNode({ node: 'n2' })).rejects.toMatchObject({ reason: 'NODE_NOT_FOUND' });
  });

  test('every mistake is reported at once, those that the named driver finds included', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const bad = mesh.nodes.createNode({ node: { name: '', owner: 'x'.repeat(300), labels: { rack: '' } } });
    const error = await bad.then(
      () => undefined,
      (error: MeshError) => error,
    );
    expect(error?.violations.map(({ field }) => field)).toEqual(['name', 'owner', 'labels.rack']);
    const atDriver = mesh.nodes.createNode({ node: { name: 'n1', interfaces: { graphical: 'fake' } } });
    await expect(atDriver).rejects.toMatchObject({
      violations: [{ field: 'driver_info.address', reason: 'FIELD_REQUIRED' }],
    });
  });

  test('are changed by mask, and a write that names an old etag is refused', async () => {
    await using mesh = await startTestMesh();
    await mesh.node('n1');
    const { node } = await mesh.nodes.getNode({ node: 'n1' });
    const changed = await mesh.nodes.updateNode({
      node: { id: node!.id, etag: node!.etag, owner: 'ops', driverSecrets: { password: '******' } },
      updateMask: ['owner', 'driver_secrets'],
    });
    expect(changed.node).toMatchObject({ owner: 'ops', name: 'n1', driverSecrets: { password: '******' } });
    const late = mesh.nodes.updateNode({
      node: { id: node!.id, etag: node!.etag, owner: 'x' },
      updateMask: ['owner'],
    });
    await expect(late).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
    const unmasked = mesh.nodes.updateNode({ node: { id: node!.id, owner: 'x' } });
    await expect(unmasked).rejects.toMatchObject({ reason: 'FIELD_REQUIRED' });
  });

  test('changed options make an enabled console anew: the old machine is put right, the new one prepared', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const { console } = await mesh.consoles.enableConsole({ node, kind, wait });
    await mesh.nodes.updateNode({
      node: { id: console!.nodeId, driverInfo: { address: '192.0.2.99' } },
      updateMask: ['driver_info.address'],
    });
    await vi.waitFor(async () => {
      const { console } = await mesh.consoles.getConsole({ node, kind });
      expect(console).toMatchObject({ generation: 2n, observed: ObservedState.READY });
    }, 10_000);
    expect(driver.restored).toEqual(['restore-1']);
    expect(driver.requests.map(({ context }) => context!.node!.driverInfo.address)).toEqual([
      '192.0.2.1',
      '192.0.2.99',
    ]);
    await mesh.nodes.updateNode({ node: { id: console!.nodeId, owner: 'ops' }, updateMask: ['owner'] });
    expect((await mesh.consoles.getConsole({ node, kind })).console?.generation).toBe(2n);
  });

  test('are listed by page, and narrowed by labels', async () => {
    await using mesh = await startTestMesh();
    for (const [name, rack] of [
      ['c', 'r1'],
      ['a', 'r1'],
      ['b', 'r2'],
    ] as const) {
      await mesh.nodes.createNode({ node: { name, labels: { rack } } });
    }
    const first = await mesh.nodes.listNodes({ pageSize: 2 });
    const second = await mesh.nodes.listNodes({ pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.nodes, ...second.nodes].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(second.nextPageToken).toBe('');
    const narrowed = await mesh.nodes.listNodes({ labels: { rack: 'r1' } });
    expect(narrowed.nodes.map(({ name }) => name)).toEqual(['a', 'c']);
  });

  test('with a console that is on are deleted by force only, after it was stopped', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    await expect(mesh.nodes.deleteNode({ node })).rejects.toMatchObject({ reason: 'NODE_IN_USE' });
    await mesh.nodes.deleteNode({ node, force: true });
    expect(driver.restored).toEqual(['restore-1']);
    await expect(mesh.nodes.getNode({ node })).rejects.toMatchObject({ reason: 'NODE_NOT_FOUND' });
  });

  test('that have to go do, even if their BMC refuses to be put right', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    driver.fail('StopConsole', 'BMC_AUTHENTICATION_FAILED');
    const { leftChanged } = await mesh.nodes.deleteNode({ node, force: true });
    await expect(mesh.nodes.getNode({ node })).rejects.toMatchObject({ reason: 'NODE_NOT_FOUND' });
    expect(driver.calls.filter((call) => call.startsWith('StopConsole'))).toHaveLength(1);
    expect(leftChanged).toEqual([
      expect.stringContaining('(address 192.0.2.1) was not put back. At its start: VNC is switched on.'),
    ]);
  });

  test('tell what their drivers could not restore, and nothing where all was restored', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const [left, restored] = [await mesh.node(), await mesh.node()];
    for (const node of [left, restored]) await mesh.consoles.enableConsole({ node, kind, wait });
    expect((await mesh.nodes.deleteNode({ node: restored, force: true })).leftChanged).toEqual([]);
    driver.answer({ leftChanged: ['The VNC timeout stays at 60.'] });
    await mesh.consoles.disableConsole({ node: left, kind, wait });
    const { leftChanged } = await mesh.nodes.deleteNode({ node: left });
    expect(leftChanged).toEqual(['The VNC timeout stays at 60.']);
  });

  test('go when the last of their consoles is given up', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    await mesh.consoles.enableConsole({ node, kind, wait });
    const stop = driver.hold('StopConsole');
    const deleted = mesh.nodes.deleteNode({ node, force: true });
    await stop.reached;
    await mesh.consoles.disableConsole({ node, kind, force: true });
    expect((await deleted).leftChanged).toHaveLength(1);
    stop.release();
  });

  test('are validated at their drivers, interface by interface', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    await mesh.nodes.createNode({
      node: { name: 'n1', driverInfo: { address: 'x' }, interfaces: { power: 'none', serial: 'ghost' } },
    });
    const { interfaces } = await mesh.nodes.validateNode({ node: 'n1' });
    expect(interfaces).toMatchObject([
      { interface: 'graphical', driver: 'fake', violations: [] },
      { interface: 'serial', driver: 'ghost', violations: [{ reason: 'DRIVER_NOT_FOUND' }] },
    ]);
  });
});

describe('power', () => {
  test('the same operation id switches once, and another request under it is refused', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    const answers = [
      await mesh.power.setPower({ node, action: 2, operationId: 'o1' }),
      await mesh.power.setPower({ node, action: 2, operationId: 'o1' }),
    ];
    expect(answers).toEqual([{ state: 2 }, { state: 2 }]);
    expect(driver.calls.filter((call) => call.startsWith('SetPowerState'))).toEqual(['SetPowerState o1 2']);
    await expect(mesh.power.setPower({ node, action: 1, operationId: 'o1' })).rejects.toMatchObject({
      reason: 'FIELD_INVALID',
    });
    expect(await mesh.power.getPower({ node })).toEqual({ state: 1 });
  });

  test('a failed operation may be tried again under its id', async () => {
    await using driver = await startFakeDriver();
    await using mesh = await startTestMesh({ drivers: [driver.target] });
    const node = await mesh.node();
    driver.fail('SetPowerState', 'BMC_BUSY');
    await expect(mesh.power.setPower({ node, action: 2, operationId: 'o1' })).rejects.toMatchObject({
      reason: 'BMC_BUSY',
    });
    driver.fail('SetPowerState', undefined);
    expect(await mesh.power.setPower({ node, action: 2, operationId: 'o1' })).toEqual({ state: 2 });
  });
});

describe('the inventory', () => {
  test('shows plugins by name with their instances', async () => {
    await using first = await startFakeDriver({ name: 'beta' });
    await using second = await startFakeDriver({ name: 'alpha' });
    await using mesh = await startTestMesh({ drivers: [first.target, second.target] });
    const { drivers } = await mesh.inventory.listDrivers({});
    expect(drivers.map(({ name }) => name)).toEqual(['alpha', 'beta']);
    expect(drivers[1]!.instances).toMatchObject([
      { instanceId: first.instanceId, target: first.target, state: 1 },
    ]);
    expect(await mesh.inventory.listProviders({})).toEqual({ providers: [] });
  });
});
