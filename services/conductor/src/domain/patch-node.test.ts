import { describe, expect, test } from 'vitest';
import { fieldsOf } from './node-fields.ts';
import { patchNode } from './patch-node.ts';
import { aNode } from './testing.ts';

const stored = fieldsOf(
  aNode({ labels: { rack: 'a1' }, driverInfo: { address: '192.0.2.1', 'odd.key': 'x' } }),
);
const input = {
  ...stored,
  name: 'n2',
  owner: 'ops',
  driverInfo: { address: '192.0.2.9', port: '5900' },
  labels: {},
};

describe('changing a node by mask', () => {
  test('only what the mask names changes', () => {
    const { fields } = patchNode(stored, input, ['owner', 'driver_info.port']);
    expect(fields).toMatchObject({
      name: 'n1',
      owner: 'ops',
      driverInfo: { address: '192.0.2.1', port: '5900' },
      labels: { rack: 'a1' },
    });
  });

  test('a key that is absent is removed, also one with a dot in it, and a whole map is replaced', () => {
    expect(patchNode(stored, input, ['labels.rack']).fields.labels).toEqual({});
    expect(patchNode(stored, input, ['driver_info.odd.key']).fields.driverInfo).toEqual({
      address: '192.0.2.1',
    });
    expect(patchNode(stored, input, ['driver_info']).fields.driverInfo).toEqual(input.driverInfo);
  });

  test('the mask of a secret, written back, keeps the secret', () => {
    const masked = { ...input, driverSecrets: { password: '******', token: 'new' } };
    const { fields } = patchNode(stored, masked, ['driver_secrets']);
    expect(fields.driverSecrets).toEqual({ password: 'calvin', token: 'new' });
  });

  test('one interface can be changed without the others', () => {
    const other = { ...input, interfaces: { graphical: 'vnc', serial: 'x', power: 'y' } };
    const { fields } = patchNode(stored, other, ['interfaces.graphical']);
    expect(fields.interfaces).toEqual({ graphical: 'vnc', serial: 'auto', power: 'auto' });
  });

  test('every path that does not exist is reported, names of objects included', () => {
    const { violations } = patchNode(stored, input, [
      'nmae',
      'interfaces.video',
      'constructor',
      '__proto__.x',
    ]);
    expect(violations.map(({ field }) => field)).toEqual([
      'update_mask.nmae',
      'update_mask.interfaces.video',
      'update_mask.constructor',
      'update_mask.__proto__.x',
    ]);
    expect(patchNode(stored, input, []).violations[0]?.reason).toBe('FIELD_REQUIRED');
  });
});
