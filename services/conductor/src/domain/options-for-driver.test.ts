import { expect, test } from 'vitest';
import type { NodeAccess } from './node.ts';
import { optionsForDriver } from './options-for-driver.ts';

const driver = (name: string, info: string[], secrets: string[]) => {
  const properties = (names: string[]) => ({ properties: Object.fromEntries(names.map((one) => [one, {}])) });
  const schema = { properties: { driver_info: properties(info), driver_secrets: properties(secrets) } };
  return { name, optionsSchema: JSON.stringify(schema) };
};
const vnc = driver('vnc', ['vnc_address', 'shared'], ['vnc_password']);
const ipmi = driver('ipmi', ['ipmi_address', 'shared'], ['ipmi_password']);
const drac = driver('drac', ['drac_address'], ['drac_password']);
const all = [vnc, ipmi, drac];

const access = (drivers?: string[]): NodeAccess => ({
  ...{ nodeId: 'id', nodeName: 'n' },
  info: { vnc_address: 'v', ipmi_address: 'i', drac_address: 'd', shared: 's', vnc_adress: 'misspelt' },
  secrets: { vnc_password: 'v', ipmi_password: 'i' },
  ...(drivers && { drivers }),
});

test('each driver of a node gets its own options, what both know, and what nobody knows', () => {
  const { info, secrets } = optionsForDriver(access(['vnc', 'ipmi', 'none']), vnc, all);
  expect(Object.keys(info).sort()).toEqual(['drac_address', 'shared', 'vnc_address', 'vnc_adress']);
  expect(secrets).toEqual({ vnc_password: 'v' });
  expect(optionsForDriver(access(['vnc', 'ipmi']), ipmi, all).secrets).toEqual({ ipmi_password: 'i' });
});

test('an option of a driver that the node does not use is told to be none', () => {
  const { info } = optionsForDriver(access(['vnc', 'none', 'none']), vnc, all);
  expect(info).toHaveProperty('ipmi_address');
  expect(info).toHaveProperty('drac_address');
});

test('where a driver is to be found, every one may be meant, and so it is where nothing is said', () => {
  for (const drivers of [['vnc', 'auto', 'none'], undefined]) {
    const { info } = optionsForDriver(access(drivers), vnc, all);
    expect(Object.keys(info).sort()).toEqual(['shared', 'vnc_address', 'vnc_adress']);
  }
});

test('while a driver that may be meant is unknown, each gets what it knows: what is the other’s looks misspelt', () => {
  const { info, secrets } = optionsForDriver(access(['vnc', 'ipmi']), vnc, [vnc]);
  expect([Object.keys(info).sort(), Object.keys(secrets)]).toEqual([
    ['shared', 'vnc_address'],
    ['vnc_password'],
  ]);
  for (const drivers of [['vnc', 'auto'], undefined]) {
    expect(optionsForDriver(access(drivers), vnc, [vnc], false).secrets).toEqual({ vnc_password: 'v' });
    expect(optionsForDriver(access(drivers), vnc, [vnc], true).secrets).toHaveProperty('ipmi_password');
  }
});

test('a driver that publishes no schema gets everything', () => {
  const odd = { name: 'odd', optionsSchema: '' };
  expect(optionsForDriver(access(['odd', 'vnc']), odd, [odd, ...all])).toEqual(access(['odd', 'vnc']));
});
