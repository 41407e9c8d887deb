import { expect, test } from 'vitest';
import { fieldsOf } from './node-fields.ts';
import { aNode } from './testing.ts';
import { validateNodeFields } from './validate-node.ts';

const good = fieldsOf(aNode({ labels: { rack: 'a1' } }));

test('a node without mistakes has none', () => {
  expect(validateNodeFields(good)).toEqual([]);
});

test('every mistake is reported at once, with the field that it is in', () => {
  const found = validateNodeFields({
    ...good,
    name: 'has space',
    interfaces: { graphical: 'VNC', serial: 'auto', power: 'none' },
    driverInfo: { big: 'x'.repeat(9_000), ['k'.repeat(65)]: '' },
    driverSecrets: { password: '******', pin: 'a\0b' },
    owner: 'o'.repeat(256),
    labels: { rack: '', site: 'x'.repeat(64) },
  });
  expect(found.map(({ field }) => field)).toEqual([
    'name',
    'interfaces.graphical',
    'driver_info.big',
    'driver_info',
    'driver_secrets.pin',
    'driver_secrets.password',
    'owner',
    'labels.site',
    'labels.rack',
  ]);
});

test('a message never repeats a secret', () => {
  const found = validateNodeFields({ ...good, driverSecrets: { password: `hunter2${'x'.repeat(9_000)}` } });
  expect(found).toHaveLength(1);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test('maps have at most 64 keys and a name is not mistaken for a UUID', () => {
  const extra = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, '']));
  expect(validateNodeFields({ ...good, extra })).toHaveLength(1);
  expect(validateNodeFields({ ...good, name: '6F9619FF-8B86-4011-B42D-00CF4FC964FF' })).toHaveLength(1);
  expect(validateNodeFields({ ...good, name: '' })[0]?.reason).toBe('FIELD_REQUIRED');
});
