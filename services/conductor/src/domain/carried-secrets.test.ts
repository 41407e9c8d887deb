import { expect, test } from 'vitest';
import { carriedSecrets } from './carried-secrets.ts';

const before = { driverInfo: { address: 'a' }, driverSecrets: { password: 'p' } };
const nothing = { driverInfo: {}, driverSecrets: {} };
const elsewhere = { driverInfo: { address: 'b' }, driverSecrets: { password: 'p' } };

test('a secret does not follow its machine to another address by itself', () => {
  expect(carriedSecrets(before, { ...nothing, driverInfo: { address: 'b' } }, elsewhere)).toMatchObject([
    { field: 'driver_secrets.password', reason: 'FIELD_REQUIRED' },
  ]);
  const masked = { driverInfo: { address: 'b' }, driverSecrets: { password: '******' } };
  expect(carriedSecrets(before, masked, elsewhere)).toHaveLength(1);
});

test('nor does one whose option about certificates goes', () => {
  const verified = { driverInfo: { address: 'a', pin: 'x' }, driverSecrets: { password: 'p' } };
  expect(carriedSecrets(verified, nothing, { ...verified, driverInfo: { address: 'a' } })).toHaveLength(1);
});

test('who knows a secret writes it with the change, or another one, or takes it away', () => {
  expect(carriedSecrets(before, elsewhere, elsewhere)).toEqual([]);
  const other = { ...elsewhere, driverSecrets: { password: 'q' } };
  expect(carriedSecrets(before, other, other)).toEqual([]);
  expect(carriedSecrets(before, nothing, { ...elsewhere, driverSecrets: {} })).toEqual([]);
});

test('what does not say where a driver connects changes freely', () => {
  expect(carriedSecrets(before, nothing, before)).toEqual([]);
});
