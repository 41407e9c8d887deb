import { defineSettings, readSettings } from '@consolemesh/config';
import { expect, test } from 'vitest';
import { meshSettings } from '../serve/settings.ts';
import { checkUserSettings, userSettings } from './user-settings.ts';

const settings = defineSettings('test', { ...meshSettings, ...userSettings }, { check: checkUserSettings });
const read = (env: Record<string, string>) => readSettings(settings, env);
const tls = { CONSOLEMESH_TLS_CA_FILE: 'ca.pem' };
const oidc = {
  CONSOLEMESH_OIDC_ISSUER: 'https://id.example/realms/mesh',
  CONSOLEMESH_OIDC_AUDIENCE: 'consolemesh',
};

test('without any setting nobody has a password or a token, and user/admin is the administrator', () => {
  expect(read({})).toMatchObject({
    administrators: ['user/admin'],
    basicAuth: undefined,
    oidcIssuer: undefined,
    oidcUsernameClaim: 'sub',
    oidcGroupsClaim: 'groups',
  });
});

test('administrators are users and groups, and nothing else', () => {
  const admins = (text: string) => read({ CONSOLEMESH_ADMINISTRATORS: text }).administrators;
  expect(admins('user/ada, group/ops')).toEqual(['user/ada', 'group/ops']);
  for (const wrong of ['ada', 'service/webui', 'local', 'user/*', 'group/', 'group/a b', 'user/a/b', '*']) {
    expect(() => admins(wrong), wrong).toThrow('expected user/NAME and group/NAME');
  }
});

test.each([
  [{ ...oidc }, 'CONSOLEMESH_OIDC_ISSUER needs TLS'],
  [{ CONSOLEMESH_BASIC_AUTH_FILE: 'users' }, 'CONSOLEMESH_BASIC_AUTH_FILE needs TLS'],
  [{ ...tls, ...oidc, CONSOLEMESH_OIDC_AUDIENCE: '' }, 'needs CONSOLEMESH_OIDC_AUDIENCE'],
  [{ ...tls, CONSOLEMESH_OIDC_AUDIENCE: 'x' }, 'need CONSOLEMESH_OIDC_ISSUER'],
  [{ ...tls, CONSOLEMESH_OIDC_CA_FILE: 'x' }, 'need CONSOLEMESH_OIDC_ISSUER'],
  [{ ...tls, ...oidc, CONSOLEMESH_OIDC_ISSUER: 'http://id.example' }, 'http is for this machine only'],
])('what goes together is asked for: %j', (env, message) => {
  expect(() => read(env as Record<string, string>)).toThrow(message);
});

test('an issuer with its audience is taken, on this machine without TLS of its own', () => {
  expect(read({ ...tls, ...oidc })).toMatchObject({ oidcAudience: 'consolemesh' });
  expect(read({ ...tls, ...oidc, CONSOLEMESH_OIDC_ISSUER: 'http://127.0.0.1:8080' })).toBeDefined();
});
