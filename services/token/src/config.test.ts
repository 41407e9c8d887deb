import { readSettings } from '@consolemesh/config';
import { expectReadmeTable } from '@consolemesh/config/testing';
import { expect, test } from 'vitest';
import { settings } from './config.ts';

test('the README lists every setting', () => {
  expectReadmeTable(settings, new URL('../README.md', import.meta.url));
});

test('a token lives ten minutes and a session eight hours unless told', () => {
  expect(readSettings(settings, {})).toMatchObject({ tokenTtl: 600_000, sessionMax: 8 * 3_600_000 });
});

test('a usual life that is longer than the longest is refused', () => {
  const env = { CONSOLEMESH_TOKEN_TTL: '2h', CONSOLEMESH_TOKEN_TTL_MAX: '1h' };
  expect(() => readSettings(settings, env)).toThrow('CONSOLEMESH_TOKEN_TTL is longer than');
});
