import { expect, it } from 'vitest';
import { type IpmiInfo, type IpmiSecrets, inspectOptions, kgOf } from './options.ts';

const mistakes = (info: Partial<IpmiInfo>, secrets: Partial<IpmiSecrets> = {}) =>
  inspectOptions({ id: 'n', name: 'n', info, secrets }).map(({ field, reason }) => [field, reason]);

it('finds nothing wrong with what Ironic has', () => {
  expect(
    mistakes(
      { ipmi_address: 'bmc', ipmi_username: 'admin', ipmi_bridging: 'no', ipmi_force_boot_device: 'True' },
      { ipmi_password: 'x' },
    ),
  ).toEqual([]);
});

it('says that serial consoles need IPMI 2.0', () => {
  expect(mistakes({ ipmi_protocol_version: '1.5' })).toEqual([
    ['driver_info.ipmi_protocol_version', 'FIELD_INVALID'],
  ]);
});

it('counts bytes where ipmitool does', () => {
  expect(mistakes({ ipmi_username: 'é'.repeat(9) }, { ipmi_password: 'ü'.repeat(11) })).toEqual([
    ['driver_info.ipmi_username', 'FIELD_INVALID'],
    ['driver_secrets.ipmi_password', 'FIELD_INVALID'],
  ]);
});

it('asks for everything that bridging needs, at once', () => {
  expect(mistakes({ ipmi_bridging: 'dual', ipmi_target_address: '0x72' }).map(([field]) => field)).toEqual([
    'driver_info.ipmi_target_channel',
    'driver_info.ipmi_transit_address',
    'driver_info.ipmi_transit_channel',
  ]);
});

it('takes no key that ipmitool would only take where everybody can read it', () => {
  expect(mistakes({}, { ipmi_hex_kg_key: `6100${'61'.repeat(18)}` })).toEqual([
    ['driver_secrets.ipmi_hex_kg_key', 'FIELD_INVALID'],
  ]);
  expect(mistakes({}, { ipmi_hex_kg_key: `${'61'.repeat(18)}0000` })).toEqual([]);
  expect(kgOf(`6162${'00'.repeat(18)}`).toString()).toBe('ab');
});
