import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterAll, describe, expect, test } from 'vitest';
import {
  address,
  BadValue,
  bytes,
  choice,
  duration,
  filePath,
  flag,
  formatAddress,
  integer,
  list,
  parseAddress,
  parseBytes,
  parseDuration,
  port,
  type Setting,
  text,
  url,
} from '../index.ts';

const at = { env: 'CONSOLEMESH_X', doc: '' };
const folder = mkdtempSync(join(tmpdir(), 'consolemesh-config-'));
const file = join(folder, 'cert.pem');
writeFileSync(file, 'x');
afterAll(() => rmSync(folder, { recursive: true }));

const accepted: [string, Setting<unknown>, string, unknown][] = [
  ['text', text(at), 'a b', 'a b'],
  ['text', text({ ...at, pattern: /[a-z]+/, expects: 'letters' }), 'abc', 'abc'],
  ['integer', integer({ ...at, min: -5 }), '-5', -5],
  ['flag', flag(at), 'Yes', true],
  ['flag', flag(at), '0', false],
  ['address', address(at), 'localhost:0', { host: 'localhost', port: 0 }],
  ['address', address(at), '[::1]:7110', { host: '::1', port: 7110 }],
  ['port', port(at), '65535', 65_535],
  ['url', url(at), 'https://console.example/base', 'https://console.example/base'],
  ['duration', duration(at), '500ms', 500],
  ['duration', duration(at), '30s', 30_000],
  ['duration', duration(at), '10m', 600_000],
  ['duration', duration(at), '8h', 28_800_000],
  ['duration', duration(at), '7d', 604_800_000],
  ['duration', duration(at), '0', 0],
  ['bytes', bytes(at), '512', 512],
  ['bytes', bytes(at), '64KiB', 65_536],
  ['bytes', bytes(at), '1MiB', 1_048_576],
  ['list', list(at), ' a, b,,', ['a', 'b']],
  ['list', list({ ...at, item: parseAddress }), '[::1]:1', [{ host: '::1', port: 1 }]],
  ['choice', choice({ ...at, choices: ['a', 'b'] }), 'b', 'b'],
  ['filePath', filePath(at), 'no/such', resolve('no/such')],
  ['filePath', filePath({ ...at, mustBe: 'file' }), file, file],
  ['filePath', filePath({ ...at, mustBe: 'directory' }), folder, folder],
];

const refused: [string, Setting<unknown>, string][] = [
  ['text', text(at), 'a\nb'],
  ['text', text({ ...at, pattern: /a|b/ }), 'ab'],
  ['integer', integer(at), '1.5'],
  ['integer', integer(at), '0x10'],
  ['integer', integer(at), '-1'],
  ['integer', integer(at), '9007199254740993'],
  ['integer', integer({ ...at, max: 3 }), '4'],
  ['flag', flag(at), 'maybe'],
  ['address', address(at), 'localhost'],
  ['address', address(at), '::1:7110'],
  ['address', address(at), '[localhost]:1'],
  ['address', address(at), 'host:65536'],
  ['address', address(at), 'http://host:1'],
  ['port', port(at), '65536'],
  ['url', url(at), 'console.example'],
  ['url', url(at), 'https:console.example'],
  ['url', url(at), 'ftp://console.example'],
  ['url', url(at), 'https://user:pass@console.example'],
  ['duration', duration(at), '8'],
  ['duration', duration(at), '1.5h'],
  ['duration', duration(at), '1 h'],
  ['duration', duration(at), '1H'],
  ['duration', duration({ ...at, min: '1s' }), '500ms'],
  ['bytes', bytes(at), '64KB'],
  ['bytes', bytes(at), '-1'],
  ['bytes', bytes(at), '1toString'],
  ['bytes', bytes({ ...at, max: '1KiB' }), '1025'],
  ['list', list({ ...at, item: parseAddress }), 'a:1,b'],
  ['list', list({ ...at, maxItems: 1 }), 'a,b'],
  ['choice', choice({ ...at, choices: ['a', 'b'] }), 'A'],
  ['filePath', filePath({ ...at, mustBe: 'file' }), join(folder, 'no-such')],
  ['filePath', filePath({ ...at, mustBe: 'file' }), folder],
  ['filePath', filePath({ ...at, mustBe: 'directory' }), file],
];

describe('every kind', () => {
  test.each(accepted)('%s #%# reads what it accepts', (_, setting, given, value) => {
    expect(setting.parse(given)).toEqual(value);
  });

  test.each(refused)('%s #%# refuses what it does not accept', (_, setting, given) => {
    expect(() => setting.parse(given)).toThrow(BadValue);
  });
});

describe('a declaration that cannot work', () => {
  test.each([
    ['a default that does not parse', () => duration({ ...at, default: 'soon' })],
    ['optional with a default', () => text({ ...at, optional: true, default: 'x' })],
    ['a name that no shell can set', () => text({ ...at, env: 'console-mesh' })],
    ['bounds in the wrong order', () => integer({ ...at, min: 2, max: 1 })],
  ])('is a fault of the program: %s', (_, declare) => {
    expect(declare).toThrow(TypeError);
  });
});

const hosts = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());

property.prop([hosts, fc.nat(65_535)])('an address survives being written and read', (host, number) => {
  const given = { host, port: number };
  expect(parseAddress(formatAddress(given))).toEqual(given);
});

property.prop([fc.nat(10_000), fc.constantFrom('ms', 's', 'm', 'h', 'd')])(
  'a duration of n units is n times one',
  (count, unit) => {
    expect(parseDuration(`${count}${unit}`)).toBe(count * parseDuration(`1${unit}`));
  },
);

property.prop([fc.string()])('a quantity is a safe integer or refused, whatever is given', (given) => {
  for (const parse of [parseBytes, parseDuration]) {
    try {
      expect(Number.isSafeInteger(parse(given))).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(BadValue);
    }
  }
});
