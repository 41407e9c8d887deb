import { expect, test } from 'vitest';
import { knownOptions } from './known-options.ts';

const schema = JSON.stringify({
  properties: {
    driver_info: { properties: { vnc_address: {}, vnc_port: {} } },
    driver_secrets: { properties: { vnc_password: {} } },
  },
});
const access = (info: Record<string, string>, secrets: Record<string, string> = {}) => ({ info, secrets });

test('counts what a driver knows, misspelt or not, and nothing that is meant for others', () => {
  expect(knownOptions(schema, access({ vnc_address: 'a', vnc_port: '1' }, { vnc_password: 'x' }))).toBe(3);
  expect(knownOptions(schema, access({ vnc_adress: 'a', 'vnc-port': '1' }))).toBe(2);
  expect(knownOptions(schema, access({ drac_address: 'a', ipmi_username: 'b' }))).toBe(0);
  expect(knownOptions(schema, access({}))).toBe(0);
});

test('a driver that publishes nothing readable may know anything', () => {
  for (const odd of ['', '{}', 'null', '[]', '{"properties":{"driver_info":{}}}'])
    expect(knownOptions(odd, access({}))).toBe(1);
});
