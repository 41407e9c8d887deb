import { expect, test } from 'vitest';
import { accessFingerprint, accessForStop } from './access-fingerprint.ts';
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

test('a machine that was left behind is put right with its own credentials, the same machine with the newest', () => {
  const started = accessOf(node);
  const rotated = { ...node, driverSecrets: sealed({ password: 'new' }) };
  expect(accessForStop(started, rotated).secrets).toEqual({ password: 'new' });
  const moved = { ...rotated, driverInfo: { a: '9' } };
  expect(accessForStop(started, moved)).toEqual(started);
});
