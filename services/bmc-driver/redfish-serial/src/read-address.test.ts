import { describe, expect, it } from 'vitest';
import { addressPattern, readAddress } from './read-address.ts';

describe('an address as Ironic writes it', () => {
  it.each([
    ['bmc-7.example.net', { host: 'bmc-7.example.net', port: 443, plain: false }],
    ['https://bmc-7/', { host: 'bmc-7', port: 443, plain: false }],
    ['https://10.0.0.5:8443', { host: '10.0.0.5', port: 8443, plain: false }],
    ['10.0.0.5:8443', { host: '10.0.0.5', port: 8443, plain: false }],
    ['http://127.0.0.1:8000', { host: '127.0.0.1', port: 8000, plain: true }],
    ['http://bmc', { host: 'bmc', port: 80, plain: true }],
    ['https://[2001:db8::7]:444/', { host: '2001:db8::7', port: 444, plain: false }],
    ['[fe80::1%eth0]', { host: 'fe80::1%eth0', port: 443, plain: false }],
    ['2001:db8::7', { host: '2001:db8::7', port: 443, plain: false }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0', port: 443, plain: false }],
  ])('is read: %s', (text, address) => {
    expect(text).toMatch(new RegExp(addressPattern));
    expect(readAddress(text)).toEqual(address);
  });

  it.each(['', 'ftp://bmc', 'https://user:pw@bmc', 'bmc/redfish/v1', 'bmc name', 'https://', '[bmc]'])(
    'is refused: %s',
    (text) => expect(text).not.toMatch(new RegExp(addressPattern)),
  );

  it('has a port that there is', () => {
    expect(readAddress('bmc:0')).toBeUndefined();
    expect(readAddress('bmc:70000')).toBeUndefined();
  });
});
