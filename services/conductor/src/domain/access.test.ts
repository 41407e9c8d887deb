import { expect, test } from 'vitest';
import { accessFingerprint, accessForStop } from './access-fingerprint.ts';
import { locatingOptions } from './locating-options.ts';
import { accessOf } from './node.ts';
import { sealed } from './sealed.ts';
import { aNode } from './testing.ts';

const node = aNode({ driverInfo: { a: '1', b: '2' } });

test('the fingerprint follows driver, options and credentials, and neither the order of keys nor anything else', () => {
  const same = accessFingerprint(node, 'graphical');
  expect(accessFingerprint({ ...node, driverInfo: { b: '2', a: '1' }, name: 'n9' }, 'graphical')).toBe(same);
  expect(accessFingerprint({ ...node, driverSecrets: sealed({ password: 'new' }) }, 'graphical')).not.toBe(
    same,
  );
  const other = { ...node, interfaces: { ...node.interfaces, serial: 'sol' } };
  expect(accessFingerprint(other, 'graphical')).toBe(same);
  expect(accessFingerprint(other, 'serial')).not.toBe(accessFingerprint(node, 'serial'));
});

const locating = locatingOptions(
  JSON.stringify({
    properties: {
      driver_info: {
        properties: {
          host: { 'x-consolemesh-locates': true },
          port: { 'x-consolemesh-locates': true, default: 443 },
          pin: {},
        },
      },
    },
  }),
);
const machine = aNode({ driverInfo: { host: 'h', pin: 'old' } });

test('the machine that the node still names is stopped with the newest options and credentials', () => {
  const renewed = aNode({
    driverInfo: { host: 'h', port: '443', pin: 'new', user: 'u' },
    driverSecrets: sealed({ password: 'new' }),
  });
  expect(accessForStop(accessOf(machine), renewed, locating)).toEqual({
    access: accessOf(renewed),
    outdated: '',
  });
});

test.each([
  ['host', { host: 'other', pin: 'new' }],
  ['port', { host: 'h', port: '8443', pin: 'new' }],
  ['driver', { other_address: 'h' }],
])('a machine that was left behind by its %s is stopped with its own, and that is said', (_, driverInfo) => {
  const started = accessOf(machine);
  const moved = aNode({ driverInfo, driverSecrets: sealed({ password: 'new' }) });
  expect(accessForStop(started, moved, locating)).toEqual({
    access: started,
    outdated: 'host h: the machine that this console was started on; the node names another one now',
  });
});

test('where no option is known to locate a machine, any option but a credential may mean another one', () => {
  const started = accessOf(machine);
  const none = locatingOptions('{}');
  const rotated = { ...machine, driverSecrets: sealed({ password: 'new' }) };
  expect(accessForStop(started, rotated, none)).toEqual({ access: accessOf(rotated), outdated: '' });
  const changed = { ...rotated, driverInfo: { host: 'h', pin: 'new' } };
  expect(accessForStop(started, changed, none)).toEqual({
    access: started,
    outdated: expect.stringContaining('the node has others now'),
  });
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"properties":{"driver_info":{}}}',
  '{"properties":{"driver_info":{"properties":null}}}',
  '{"properties":{"driver_info":{"properties":7}}}',
  '{"properties":{"driver_info":{"properties":{"a":null,"b":{"x-consolemesh-locates":"true"},"c":{"x-consolemesh-locates":1}}}}}',
])('no option locates by the schema %s', (schema) => {
  expect(locatingOptions(schema).size).toBe(0);
});
