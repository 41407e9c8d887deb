import { describe, expect, it } from 'vitest';
import { inventIdentity } from '../../machine/identity.ts';
import { manualClock } from '../../testing.ts';
import { defaultLockout } from '../bmc/create-logins.ts';
import { nameOf } from './attribute.ts';
import { type AttributeWrite, createIdracAttributes, type WriteHooks } from './create-idrac-attributes.ts';
import { idracAttributes } from './table.ts';

const clock = manualClock();
const identity = inventIdentity('node-01', 'node-01');
const table = (generation: '8' | '9') =>
  idracAttributes({
    generation,
    identity,
    users: [],
    lockout: defaultLockout,
    lockdown: false,
    vncPort: 5901,
  });

const create = (hooks?: WriteHooks) => createIdracAttributes({ definitions: table('9'), clock, hooks });
const write = (values: Record<string, string>) => ({
  via: 'wsman' as const,
  who: 'root',
  values: new Map(Object.entries(values).map(([name, value]) => [`VNCServer.1#${name}`, value])),
});

describe('the table of attributes', () => {
  it('has the VNC server as a 13th generation server lists it, and two more since generation 9', () => {
    const names = (generation: '8' | '9') =>
      table(generation)
        .filter(({ group }) => group === 'VNCServer.1')
        .map(({ name }) => name);
    const thirteenth = [
      'Enable',
      'Password',
      'Port',
      'LowerEncryptionBitLength',
      'Timeout',
      'SSLEncryptionBitLength',
    ];
    expect(names('8')).toEqual(thirteenth);
    expect(names('9')).toEqual([...thirteenth, 'ActiveSessions', 'MaxSessions']);
  });

  it.each(['8', '9'] as const)(
    'names each attribute once in generation %s, and none starts with a wrong value',
    (generation) => {
      const all = table(generation);
      expect(new Set(all.map(nameOf)).size).toBe(all.length);
      const wrong = all.filter(({ kind, value }) => {
        if (value === undefined) return false;
        if (kind.type === 'enumeration') return !kind.values.includes(value);
        if (kind.type === 'integer') return !(Number(value) >= kind.min && Number(value) <= kind.max);
        return value.length > kind.maxLength;
      });
      expect(wrong.map(nameOf)).toEqual([]);
    },
  );
});

describe('createIdracAttributes', () => {
  it.each([
    [{ Enabled: 'Enabled' }, 'RAC004', 'unknown-attribute'],
    [{ MaxSessions: '1' }, 'RAC006', 'read-only'],
    [{ Port: '1023' }, 'RAC007', 'out-of-range'],
    [{ Port: '65536' }, 'RAC007', 'out-of-range'],
    [{ Timeout: '59' }, 'RAC007', 'out-of-range'],
    [{ Timeout: 'long' }, 'RAC004', 'wrong-type'],
    [{ Enable: 'enabled' }, 'RAC008', 'not-in-list'],
    [{ SSLEncryptionBitLength: 'Enabled' }, 'RAC004', 'not-in-list'],
    [{ Password: '123456789' }, 'RAC009', 'too-long'],
    [{ Password: 'päss' }, 'RAC010', 'bad-character'],
  ])('refuses %o with %s and changes none of the values', async (wrong, messageId, kind) => {
    const attributes = create();
    const refusal = await attributes.write(
      write({ LowerEncryptionBitLength: 'Enabled', ...(wrong as object) }),
    );
    expect(refusal).toMatchObject({ messageId, kind });
    expect(attributes.current('VNCServer.1#LowerEncryptionBitLength')).toBe('Disabled');
    expect(attributes.journal).toMatchObject([{ number: 1, outcome: 'refused' }]);
  });

  it('takes the values at the ends of each range', async () => {
    const attributes = create();
    for (const values of [
      { Port: '1024', Timeout: '60', Password: '' },
      { Port: '65535', Timeout: '10800', Password: 'Abc 45~!' },
    ])
      expect(await attributes.write(write(values))).toBeUndefined();
    expect(attributes.current('VNCServer.1#Password')).toBe('Abc 45~!');
  });

  it('keeps a journal in which a password can be compared and not be read', async () => {
    const attributes = create();
    await attributes.write(write({ Enable: 'Enabled', Password: 'Secret12' }));
    expect(attributes.journal).toEqual([
      {
        number: 1,
        at: clock.now(),
        via: 'wsman',
        who: 'root',
        target: 'current',
        outcome: 'applied',
        values: [
          { name: 'VNCServer.1#Enable', value: 'Enabled', fingerprint: attributes.fingerprint('Enabled') },
          {
            name: 'VNCServer.1#Password',
            value: '********',
            fingerprint: attributes.fingerprint('Secret12'),
          },
        ],
      },
    ]);
    expect(JSON.stringify(attributes.journal)).not.toContain('Secret12');
    expect(attributes.fingerprint('Secret13')).not.toBe(attributes.fingerprint('Secret12'));
    expect(create().fingerprint('Secret12')).not.toBe(attributes.fingerprint('Secret12'));
  });

  it('stops before and after a write for whoever hooks in', async () => {
    const seen: [when: string, value: string | undefined, write: AttributeWrite][] = [];
    const attributes = create();
    const look = (when: string) => async (done: AttributeWrite) =>
      void seen.push([when, attributes.current('VNCServer.1#Enable'), done]);
    Object.assign(attributes.hooks, { beforeWrite: look('before'), afterWrite: look('after') });
    await attributes.write(write({ Enable: 'Enabled' }));
    await attributes.write(write({ Enable: 'On' }));
    expect(seen.map(([when, value]) => [when, value])).toEqual([
      ['before', 'Disabled'],
      ['after', 'Enabled'],
    ]);
    expect(seen[0]?.[2]).toMatchObject({ number: 1, via: 'wsman' });
  });

  it('changes nothing when the hook before a write fails', async () => {
    const attributes = create({ beforeWrite: () => Promise.reject(new Error('killed here')) });
    await expect(attributes.write(write({ Enable: 'Enabled' }))).rejects.toThrow('killed here');
    expect(attributes.current('VNCServer.1#Enable')).toBe('Disabled');
  });

  it('tells who watches which current values changed, not those that were the same or wait', async () => {
    const attributes = create();
    const told: (readonly string[])[] = [];
    const watching = attributes.onChange((names) => void told.push(names));
    await attributes.write(write({ Enable: 'Enabled', Timeout: '300' }));
    await attributes.write({ ...write({ Timeout: '600' }), target: 'pending' });
    expect(told).toEqual([['VNCServer.1#Enable']]);
    await attributes.applyPending(attributes.pendingNames, 'JID_1');
    expect(told.at(-1)).toEqual(['VNCServer.1#Timeout']);
    expect(attributes.pendingNames).toEqual([]);
    watching[Symbol.dispose]();
    await attributes.set('VNCServer.1#Enable', 'Disabled');
    expect(told).toHaveLength(2);
    expect(attributes.journal.at(-1)).toMatchObject({ via: 'local', outcome: 'applied' });
  });
});
