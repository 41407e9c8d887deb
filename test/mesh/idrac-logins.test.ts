import { describe, expect, it } from 'vitest';
import { type IdracWorld, type Options, startIdracWorld } from '../harness/idrac.ts';

const refusedWeb = { field: 'driver_secrets.drac_password', reason: 'BMC_AUTHENTICATION_FAILED' };
const refusedVnc = { field: 'driver_secrets.drac_vnc_password', reason: 'BMC_AUTHENTICATION_FAILED' };

/** How often the iDRAC did not let somebody in. */
const refusals = ({ idrac }: IdracWorld) => idrac.logins.filter(({ result }) => result !== 'accepted').length;
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: { reason?: string }) => error.reason,
  );

describe.each([
  ['WS-MAN', {}],
  ['Redfish', { noWsman: true }],
])('logins at an iDRAC over %s', (_name, misbehave) => {
  it('are refused once when many calls come at once, so that nobody is locked out', async () => {
    await using world = await startIdracWorld({ misbehave });
    const wrong = world.node({}, { drac_password: 'wrong' });
    const calls = Array.from({ length: 5 }, () => world.console(wrong).validate());
    const consoles = Array.from({ length: 3 }, () => reasonOf(world.console(wrong).enable()));
    for (const violations of await Promise.all(calls)) expect(violations).toMatchObject([refusedWeb]);
    expect(await Promise.all(consoles)).toEqual(Array(3).fill('BMC_AUTHENTICATION_FAILED'));
    expect(refusals(world)).toBe(1);
    expect(await world.console().validate()).toEqual([]);
    await world.console().enable();
    expect(refusals(world)).toBe(1);
  });

  it('go on side by side once they are accepted', async () => {
    await using world = await startIdracWorld({ misbehave });
    const calls = Array.from({ length: 5 }, () => world.console().validate());
    expect(await Promise.all(calls)).toEqual(Array(5).fill([]));
    expect(refusals(world)).toBe(0);
  });

  it('of two nodes at one iDRAC do not bring each other’s refusals back', async () => {
    await using world = await startIdracWorld({ misbehave });
    const wrong = world.node({}, { drac_password: 'wrong' });
    for (let round = 0; round < 4; round += 1) {
      expect(await world.console(wrong).validate()).toMatchObject([refusedWeb]);
      expect(await world.console().validate()).toEqual([]);
    }
    expect(refusals(world)).toBe(1);
  });

  it('are not tried again because another option changes, but because the user or the password does', async () => {
    await using world = await startIdracWorld({ misbehave });
    const refusalsAfter = async (info: Options, secrets: Options) => {
      expect(await world.console(world.node(info, secrets)).validate()).toMatchObject([refusedWeb]);
      return refusals(world);
    };
    const wrong = { drac_password: 'wrong' };
    expect(await refusalsAfter({}, wrong)).toBe(1);
    expect(await refusalsAfter({ drac_vnc_timeout: '600' }, wrong)).toBe(1);
    expect(await refusalsAfter({ drac_vnc_encryption: 'keep', drac_vnc_take_over: 'true' }, wrong)).toBe(1);
    expect(await refusalsAfter({}, { ...wrong, drac_vnc_password: 'vnc' })).toBe(1);
    expect(await refusalsAfter({ drac_username: 'admin' }, wrong)).toBe(2);
    const right = world.node({ drac_vnc_timeout: '600' });
    expect(await world.console(right).validate()).toEqual([]);
  });

  it('of its VNC server are told from those of its web server', async () => {
    const attributes = { 'VNCServer.1#Enable': 'Enabled', 'VNCServer.1#Password': 'theirs12' };
    // A second refusal would lock the right password out, at the end.
    const vncMisbehave = { lockout: { failures: 2, seconds: 60 } };
    await using world = await startIdracWorld({ misbehave, attributes, vncMisbehave });
    const node = (secrets: Options) => world.node({ drac_vnc_encryption: 'keep' }, secrets);
    const wrong = node({ drac_vnc_password: 'wrong' });

    for (let i = 0; i < 3; i += 1)
      expect(await reasonOf(world.console(wrong).enable())).toBe('BMC_AUTHENTICATION_FAILED');
    expect(await world.console(wrong).validate()).toMatchObject([refusedVnc]);
    expect(refusals(world)).toBe(0);

    const both = node({ drac_password: 'wrong', drac_vnc_password: 'wrong' });
    expect(await world.console(both).validate()).toMatchObject([refusedWeb, refusedVnc]);
    expect(refusals(world)).toBe(1);
    expect(await world.console(node({})).validate()).toEqual([]);
    await world.console(node({ drac_vnc_password: 'theirs12' })).enable();
    expect(await world.console(wrong).validate()).toMatchObject([refusedVnc]);
  });
});
