import { expect, it } from 'vitest';
import { manualClock } from '../../testing.ts';
import { createLogins, defaultLockout } from './create-logins.ts';

const root = { name: 'root', password: 'calvin', privilege: 'administrator' } as const;
const start = () => {
  const clock = manualClock();
  return { clock, logins: createLogins({ users: [root], clock, lockout: () => defaultLockout }) };
};

it('lets nobody in for a minute after three failures within a minute, and then again', () => {
  const { clock, logins } = start();
  for (let count = 0; count < 3; count++) expect(logins.check('redfish', 'root', 'no')).toBeUndefined();
  expect(logins.check('redfish', 'root', 'calvin')).toBeUndefined();
  clock.advance(59_999);
  expect(logins.blocked('redfish')).toBe(true);
  clock.advance(1);
  expect(logins.check('redfish', 'root', 'calvin')).toBe(root);
});

it('forgets failures that are older than the window, and all of them once somebody got in', () => {
  const { clock, logins } = start();
  logins.check('wsman', 'root', 'no');
  logins.check('wsman', 'root', 'no');
  clock.advance(60_000);
  logins.check('wsman', 'root', 'no');
  expect(logins.blocked('wsman')).toBe(false);
  expect(logins.check('wsman', 'root', 'calvin')).toBe(root);
  logins.check('wsman', 'root', 'no');
  logins.check('wsman', 'root', 'no');
  expect(logins.blocked('wsman')).toBe(false);
});

it('counts each face for itself and remembers who tried, without passwords', () => {
  const { logins } = start();
  for (let count = 0; count < 4; count++) logins.check('wsman', 'root', 'hunter22');
  expect(logins.check('redfish', 'root', 'calvin')).toBe(root);
  expect(logins.attempts.map(({ face, result }) => `${face} ${result}`)).toEqual([
    'wsman refused',
    'wsman refused',
    'wsman refused',
    'wsman blocked',
    'redfish accepted',
  ]);
  expect(JSON.stringify(logins.attempts)).not.toMatch(/hunter22|calvin/);
});

it('goes by the users that were set last', () => {
  const { logins } = start();
  logins.setUsers([{ ...root, password: 'changed' }]);
  expect(logins.check('wsman', 'root', 'calvin')).toBeUndefined();
  expect(logins.check('wsman', 'root', 'changed')).toBeDefined();
});
