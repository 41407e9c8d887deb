import { getDeviceId } from '@consolemesh/ipmi';
import { describe, expect, it } from 'vitest';
import { openAt, readLine } from '../ipmi/testing.ts';
import { type SimulatedIdracOptions, startSimulatedIdrac } from './start-simulated-idrac.ts';

const start = (options: Partial<SimulatedIdracOptions> = {}) =>
  startSimulatedIdrac({ name: 'node-07', seed: 'test', stage: 'console', ...options });
const quick = { timeouts: { answerMs: 100, stepMs: 0, tries: 1 } };

describe('the serial console of a simulated iDRAC', () => {
  it('is not there unless it is asked for', async () => {
    await using idrac = await start();
    expect(idrac.ipmi).toBeUndefined();
    expect(idrac.ssh).toBeUndefined();
    expect(idrac.attributes.current('IPMILan.1#Enable')).toBe('Disabled');
  });

  it('has the users and the version of the card, and the machine of the screen', async () => {
    const users = [{ name: 'mesh', password: 'pass', privilege: 'administrator' as const }];
    await using idrac = await start({ ipmi: {}, users });
    await using session = await openAt(idrac.ipmi!, { user: 'mesh', password: 'pass' });
    expect(await session.run(getDeviceId, {})).toMatchObject({
      manufacturer: 674,
      firmware: { major: 5, minor: 10 },
    });
    await using line = await session.activateSol();
    const reader = readLine(line);
    line.write('root\rsecret\rreboot\r');
    await reader.find('Stopped Getty');
    expect(idrac.machine.stage).toBe('shutdown');
    expect(idrac.machine.screen.text()).toContain('Stopped Getty');
  });

  it('lets in by IPMI whom the card lets in, also when its users change', async () => {
    await using idrac = await start({ ipmi: {} });
    idrac.setUsers([{ name: 'mesh', password: 'changed', privilege: 'operator' }]);
    await expect(openAt(idrac.ipmi!, quick)).rejects.toMatchObject({ code: 'UNKNOWN_USER' });
    await using session = await openAt(idrac.ipmi!, {
      user: 'mesh',
      password: 'changed',
      privilege: 'operator',
    });
    expect(await session.run(getDeviceId, {})).toMatchObject({ manufacturer: 674 });
  });

  it('follows IPMILan.1#Enable and IPMISOL.1#Enable', async () => {
    await using idrac = await start({ ipmi: {} });
    expect(idrac.attributes.current('IPMILan.1#Enable')).toBe('Enabled');
    await using session = await openAt(idrac.ipmi!);
    const line = await session.activateSol();
    line.on('error', () => {});
    await idrac.attributes.set('IPMISOL.1#Enable', 'Disabled');
    expect(await line.ended).toMatchObject({ code: 'SOL_STOLEN' });
    await line.close();
    await expect(session.activateSol()).rejects.toMatchObject({ code: 'SOL_DISABLED' });
    await idrac.attributes.set('IPMISOL.1#Enable', 'Enabled');
    await (await session.activateSol()).close();
    await idrac.attributes.set('IPMILan.1#Enable', 'Disabled');
    expect(idrac.ipmi?.bmc.sessions).toEqual([]);
    await expect(openAt(idrac.ipmi!, quick)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await idrac.attributes.set('IPMILan.1#Enable', 'Enabled');
    await using again = await openAt(idrac.ipmi!);
    expect(again.info.suite).toBe(17);
  });

  it('is away with the card when that is reset', async () => {
    await using idrac = await start({ ipmi: {}, ssh: {} });
    await using session = await openAt(idrac.ipmi!, quick);
    idrac.reset();
    expect(idrac.ipmi?.bmc.sessions).toEqual([]);
    await expect(session.run(getDeviceId, {})).rejects.toThrow();
    expect(idrac.machine.stage).toBe('console');
  });

  it('gives back what it had when one of its ports is taken', async () => {
    await using first = await start({ ssh: {} });
    const taken = first.ssh!.address;
    await expect(start({ ipmi: {}, ssh: { listen: taken } })).rejects.toThrow(/EADDRINUSE/);
  });
});
