import { describe, expect, it } from 'vitest';
import type { DracInfo, DracNode, DracSecrets } from './options.ts';
import { describePlan, makePlan } from './plan.ts';
import { makeRestorePlan } from './restore-plan.ts';
import type { Attributes } from './settings-port.ts';
import { decodeDriverState, decodeRestoreState, encodeState } from './states.ts';
import { attributesOf } from './testing/attributes.ts';
import { readVncSettings } from './vnc-settings.ts';

const where = '192.0.2.7:443';

function node(info: Partial<DracInfo> = {}, secrets: Partial<DracSecrets> = {}): DracNode {
  return {
    id: 'n',
    name: 'n',
    info: {
      drac_address: '192.0.2.7',
      drac_port: 443,
      drac_username: 'root',
      drac_transport: 'auto',
      drac_tls_minimum: 'TLSv1.2',
      drac_vnc_encryption: 'auto',
      drac_vnc_timeout: 10_800,
      drac_vnc_take_over: false,
      ...info,
    },
    secrets: { drac_password: 'calvin', ...secrets },
  };
}

const plan = (attributes: Attributes, wanted = node()) =>
  makePlan(readVncSettings(attributes, where), attributes, wanted, where);

describe('the plan for an iDRAC', () => {
  it('changes what differs, and says so', () => {
    const made = plan(attributesOf());
    expect(made).toEqual({
      mode: 'own',
      before: { Enable: 'Disabled', Timeout: '300', SSLEncryptionBitLength: 'Disabled' },
      after: { Enable: 'Enabled', Timeout: '10800', SSLEncryptionBitLength: 'Auto Negotiate' },
      takenOver: false,
    });
    expect(describePlan(made)).toEqual([
      'VNCServer.1#Enable: Disabled becomes Enabled.',
      'VNCServer.1#Timeout: 300 becomes 10800.',
      'VNCServer.1#SSLEncryptionBitLength: Disabled becomes Auto Negotiate.',
      'VNCServer.1#Password: a new one is set.',
    ]);
  });

  it.each([
    ['auto', 'Auto Negotiate'],
    ['128', '128-Bit or higher'],
    ['256', '256-Bit or higher'],
  ] as const)('%s asks for %s', (drac_vnc_encryption, value) => {
    expect(plan(attributesOf(), node({ drac_vnc_encryption }))).toMatchObject({
      after: { SSLEncryptionBitLength: value },
    });
  });

  it.each(['off', 'keep'] as const)('%s leaves encryption that is off as it is', (drac_vnc_encryption) => {
    const made = plan(attributesOf(), node({ drac_vnc_encryption }));
    expect(made.mode === 'own' && made.after).toEqual({ Enable: 'Enabled', Timeout: '10800' });
  });

  it('writes a number where the firmware tells one', () => {
    const attributes = attributesOf({ SSLEncryptionBitLength: '0' });
    expect(readVncSettings(attributes, where).tls).toBe(false);
    expect(plan(attributes)).toMatchObject({ after: { SSLEncryptionBitLength: '1' } });
  });

  const enabled = attributesOf({ Enable: 'Enabled' });

  it('keeps its hands off a VNC server that somebody else has enabled', () => {
    expect(() => plan(enabled)).toThrow(
      expect.objectContaining({
        reason: 'BMC_IN_USE',
        message: expect.stringContaining('drac_vnc_take_over'),
      }),
    );
  });

  it('uses it as it is when its password is known', () => {
    const encrypted = attributesOf({ Enable: 'Enabled', SSLEncryptionBitLength: '128-Bit or higher' });
    const made = plan(encrypted, node({}, { drac_vnc_password: 'secret12' }));
    expect(made).toEqual({ mode: 'use' });
    expect(describePlan(made)).toEqual([]);
  });

  it('uses one without TLS only where that is asked for', () => {
    const known = { drac_vnc_password: 'secret12' };
    const refused = expect.objectContaining({ reason: 'BMC_TLS_FAILED' });
    expect(() => plan(enabled, node({}, known))).toThrow(refused);
    const pinned = node({ drac_vnc_encryption: 'keep', drac_vnc_pin: 'ab'.repeat(32) }, known);
    expect(() => plan(enabled, pinned)).toThrow(refused);
    for (const drac_vnc_encryption of ['off', 'keep'] as const)
      expect(plan(enabled, node({ drac_vnc_encryption }, known))).toEqual({ mode: 'use' });
  });

  it('waits while a change of somebody else does, and not for one that changes nothing', () => {
    const waiting = (pending: string) =>
      new Map([...attributesOf(), ['Port', { value: '5901', pending, readOnly: false }] as const]);
    expect(() => plan(waiting('5999'))).toThrow(
      expect.objectContaining({ reason: 'BMC_NOT_READY', message: expect.stringContaining('Port = 5999') }),
    );
    expect(plan(waiting('5901'))).toMatchObject({ mode: 'own' });
  });

  it('says how to do without an attribute that is read-only', () => {
    const locked = new Map([...attributesOf(), ['Timeout', { value: '300', readOnly: true }] as const]);
    expect(() => plan(locked)).toThrow(
      expect.objectContaining({
        reason: 'BMC_PERMISSION_DENIED',
        message: expect.stringContaining('drac_vnc_timeout: 0'),
      }),
    );
  });

  it('takes it over when that is asked for', () => {
    expect(plan(enabled, node({ drac_vnc_take_over: true }))).toMatchObject({
      mode: 'own',
      takenOver: true,
      before: { Timeout: '300' },
    });
  });
});

describe('what an iDRAC says', () => {
  it('no VNC server at all means that the licence is missing', () => {
    expect(() => readVncSettings(new Map(), where)).toThrow(
      expect.objectContaining({ reason: 'BMC_LICENSE_MISSING' }),
    );
  });

  it('a renamed attribute is named, with those that are there and how to do without', () => {
    const attributes = attributesOf({ Timeout: undefined, IdleTimeout: '300' });
    expect(() => plan(attributes)).toThrow(
      expect.objectContaining({
        reason: 'BMC_SETTING_MISSING',
        message: expect.stringMatching(
          /VNCServer\.1#Timeout; it knows Enable, IdleTimeout.*drac_vnc_timeout: 0/,
        ),
      }),
    );
    expect(plan(attributes, node({ drac_vnc_timeout: 0 }))).toMatchObject({ after: { Enable: 'Enabled' } });
  });

  it.each(['off', 'keep'] as const)(
    'firmware without encryption is used where %s allows it',
    (encryption) => {
      const attributes = attributesOf({ SSLEncryptionBitLength: undefined });
      expect(() => plan(attributes)).toThrow(expect.objectContaining({ reason: 'BMC_SETTING_MISSING' }));
      expect(plan(attributes, node({ drac_vnc_encryption: encryption }))).toMatchObject({ mode: 'own' });
    },
  );

  it.each(['', 'abc', '-1', '70000', '1e9'])('a port %j is not believed', (Port) => {
    expect(() => readVncSettings(attributesOf({ Port }), where)).toThrow(
      expect.objectContaining({ reason: 'BMC_SETTING_MISSING' }),
    );
  });

  it('firmware that does not tell how many viewers it bears, bears one', () => {
    expect(readVncSettings(attributesOf(), where)).toMatchObject({
      maxSessions: 1,
      activeSessions: undefined,
    });
    const said = attributesOf({ MaxSessions: '2', ActiveSessions: '0' });
    expect(readVncSettings(said, where)).toMatchObject({ maxSessions: 2, activeSessions: 0 });
  });
});

describe('putting back', () => {
  const ours = { ownPassword: false, wrote: true, somebodyElses: false };
  const state = {
    wire: 'wsman' as const,
    before: { Enable: 'Disabled', Timeout: '300' },
    after: { Enable: 'Enabled', Timeout: '10800' },
    takenOver: false,
  };

  it('writes what is still as it was set', () => {
    const now = attributesOf({ Enable: 'Enabled', Timeout: '10800' });
    expect(makeRestorePlan(state, now, ours)).toEqual({
      write: { Enable: 'Disabled', Timeout: '300' },
      left: [],
    });
  });

  it('writes nothing where nothing was begun, or all is put back', () => {
    expect(makeRestorePlan(state, attributesOf(), ours)).toEqual({ write: {}, left: [] });
  });

  it('leaves alone what somebody has changed meanwhile, and says so', () => {
    const now = attributesOf({ Enable: 'Enabled', Timeout: '600' });
    const { write, left } = makeRestorePlan(state, now, ours);
    expect(write).toEqual({ Enable: 'Disabled' });
    expect(left).toEqual(['VNCServer.1#Timeout is 600: somebody has changed it meanwhile. It was 300.']);
  });

  it('says nothing of a password that was never set', () => {
    const never = { ownPassword: true, wrote: false, somebodyElses: false };
    expect(makeRestorePlan(state, attributesOf(), never)).toEqual({ write: {}, left: [] });
  });

  it('says that a password cannot be put back, and how the VNC server is left', () => {
    const now = attributesOf({ Enable: 'Enabled' });
    expect(makeRestorePlan(state, now, { ...ours, ownPassword: true }).left.join()).toContain(
      'The VNC server is disabled again',
    );
    expect(
      makeRestorePlan({ ...state, takenOver: true }, now, { ...ours, ownPassword: true }).left.join(),
    ).toContain('Set it anew');
  });
});

describe('states', () => {
  it('come back as they went', () => {
    const restore = { wire: 'redfish' as const, before: { Enable: 'Disabled' }, after: {}, takenOver: true };
    expect(decodeRestoreState(encodeState(restore))).toEqual(restore);
    const driver = { wire: 'wsman' as const, port: 5901, tls: true, password: 'Abcdefg1' };
    expect(decodeDriverState(encodeState(driver))).toEqual(driver);
  });

  it.each([
    '',
    'x',
    '{}',
    '[]',
    'null',
    '{"v":2,"wire":"wsman"}',
    '{"v":1,"wire":"x","before":{},"after":{}}',
  ])('%j is taken as an empty one', (text) => {
    expect(decodeRestoreState(Buffer.from(text))).toBeUndefined();
    expect(decodeDriverState(Buffer.from(text))).toBeUndefined();
  });
});
