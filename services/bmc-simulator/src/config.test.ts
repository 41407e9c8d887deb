import { readFileSync } from 'node:fs';
import { readSettings } from '@consolemesh/config';
import { expectReadmeTable } from '@consolemesh/config/testing';
import { expect, it } from 'vitest';
import { settings } from './config.ts';
import { misbehaviourTable } from './vnc/misbehaviour.ts';

const readme = new URL('../README.md', import.meta.url);

it('documents its settings in the README', () => {
  expectReadmeTable(settings, readme);
});

it('documents its misbehaviour in the README', () => {
  expect(readFileSync(readme, 'utf8')).toContain(misbehaviourTable());
});

it('needs no setting at all', () => {
  expect(readSettings(settings, {})).toMatchObject({ name: 'node-01', stage: 'post', maxSessions: 8 });
});

it('reads misbehaviour and security types from lists', () => {
  const config = readSettings(settings, {
    CONSOLEMESH_SIMULATOR_MISBEHAVE: 'die-after=500, exclusive',
    CONSOLEMESH_SIMULATOR_SECURITY: 'TLSNone,None',
  });
  expect(config.misbehave).toEqual([{ dieAfterBytes: 500 }, { exclusive: true }]);
  expect(config.security).toEqual(['TLSNone', 'None']);
});

it.each([
  [{ CONSOLEMESH_SIMULATOR_MISBEHAVE: 'explode' }, /no misbehaviour "explode"/],
  [{ CONSOLEMESH_SIMULATOR_SECURITY: 'VNC2' }, /expected X509Plain/],
  [{ CONSOLEMESH_SIMULATOR_SECURITY: 'VNC' }, /set CONSOLEMESH_SIMULATOR_PASSWORD_FILE/],
  [{ CONSOLEMESH_SIMULATOR_SECURITY: 'X509None' }, /CERTIFICATE_FILE/],
  [{ CONSOLEMESH_SIMULATOR_TLS_FIRST: 'true' }, /CERTIFICATE_FILE/],
  [{ CONSOLEMESH_SIMULATOR_PASSWORD: 'inline' }, /set CONSOLEMESH_SIMULATOR_PASSWORD_FILE/],
  [{ CONSOLEMESH_SIMULATOR_NAME: 'not a name' }, /expected a host name/],
])('says what to do about %o', (env, advice) => {
  expect(() => readSettings(settings, env)).toThrow(advice);
});
