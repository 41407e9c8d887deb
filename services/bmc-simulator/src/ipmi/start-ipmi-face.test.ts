import {
  chassisControl,
  getBootDevice,
  getChassisStatus,
  getDeviceId,
  getUserName,
  setBootDevice,
} from '@consolemesh/ipmi';
import { describe, expect, it } from 'vitest';
import { readLine, startIpmi } from './testing.ts';

describe('IPMI of a simulated machine', () => {
  it.each([17, 3])('lets root log in with suite %i and tells who it is', async (suite) => {
    await using simulated = await startIpmi({ device: { manufacturer: 674 } });
    await using session = await simulated.open({ suites: [suite] });
    expect(session.info.suite).toBe(suite);
    expect(session.info.guid).toBe(simulated.machine.identity.uuid.replaceAll('-', ''));
    expect(await session.run(getDeviceId, {})).toMatchObject({ manufacturer: 674 });
    expect(await session.run(getUserName, { user: 2 })).toEqual({ name: 'root' });
  });

  it('shows the serial line, takes what is typed, breaks too, and gives it back', async () => {
    await using simulated = await startIpmi();
    await using session = await simulated.open();
    const line = await session.activateSol();
    const reader = readLine(line);
    line.write('\r');
    await reader.find('node-07 login: ');
    line.write('root\rsecret\r');
    await reader.find('root@node-07');
    line.write('tty\r');
    await reader.find('/dev/ttyS0\r\n');
    line.write('seq 5000\r');
    await reader.find('\r\n5000\r\n');
    await line.break();
    line.write('h');
    await reader.find('sysrq: HELP');
    await line.close();
    expect(simulated.ipmi.bmc.solOwner).toBeUndefined();
  });

  it('switches the power of the machine and says how it is', async () => {
    await using simulated = await startIpmi();
    await using session = await simulated.open();
    const control = (action: 'on' | 'off' | 'cycle' | 'reset' | 'shutdown' | 'interrupt') =>
      session.run(chassisControl, { action });
    const { machine } = simulated;
    await control('cycle');
    expect(machine.stage).toBe('post');
    await control('off');
    expect(await session.run(getChassisStatus, {})).toMatchObject({ powerOn: false });
    await expect(control('cycle')).rejects.toMatchObject({ details: { completionCode: 0xd5 } });
    await control('on');
    expect(machine.power).toBe('on');
    await control('shutdown');
    expect(machine.power).toBe('off');
  });

  it('lets the machine wonder about a diagnostic interrupt', async () => {
    await using simulated = await startIpmi();
    await using session = await simulated.open();
    const line = await session.activateSol();
    const reader = readLine(line);
    await session.run(chassisControl, { action: 'interrupt' });
    await reader.find('NMI received');
  });

  it('boots once from what was said', async () => {
    await using simulated = await startIpmi({ speed: 50 });
    await using session = await simulated.open();
    await setBootDevice(session, 'setup');
    expect(await getBootDevice(session)).toMatchObject({ valid: true, persistent: false, device: 'setup' });
    await session.run(chassisControl, { action: 'reset' });
    await expect.poll(() => simulated.machine.stage).toBe('setup');
    expect(await getBootDevice(session)).toMatchObject({ valid: false });
  });

  it('needs the K_g that it was given', async () => {
    await using simulated = await startIpmi({ kg: 'mesh-key' });
    await expect(simulated.open()).rejects.toMatchObject({ code: 'WRONG_KG' });
    await using session = await simulated.open({ kg: 'mesh-key' });
    expect(session.info.privilege).toBe(4);
  });

  it('lets users do what they may', async () => {
    const users = [{ name: 'guest', password: 'look', privilege: 'readonly' as const }];
    await using simulated = await startIpmi({ users });
    const guest = { user: 'guest', password: 'look' };
    await expect(simulated.open(guest)).rejects.toMatchObject({ code: 'PRIVILEGE_REFUSED' });
    await using session = await simulated.open({ ...guest, privilege: 'user' });
    expect(await session.run(getChassisStatus, {})).toMatchObject({ powerOn: true });
    await expect(session.run(chassisControl, { action: 'off' })).rejects.toMatchObject({
      details: { completionCode: 0xd4 },
    });
  });

  it('is away for a while after a reset that somebody asked for', async () => {
    await using simulated = await startIpmi({ resetMs: 300 });
    const session = await simulated.open({ timeouts: { tries: 2 } });
    await session.command(0x06, 0x02);
    await expect.poll(() => simulated.ipmi.bmc.sessions).toEqual([]);
    await using again = await simulated.open();
    expect(again.info.suite).toBe(17);
    await session.close();
  });

  it('bounds what waits for a console that does not read', async () => {
    await using simulated = await startIpmi({ misbehave: {} });
    await using session = await simulated.open();
    const line = await session.activateSol();
    let overruns = 0;
    line.on('overrun', () => overruns++);
    simulated.machine.serial.input(Buffer.from('root\rsecret\r'));
    for (let n = 0; n < 12; n++) simulated.machine.serial.input(Buffer.from('seq 20000\r'));
    await expect.poll(() => overruns).toBeGreaterThan(0);
    expect(simulated.ipmi.bmc.serial.writableLength).toBeLessThanOrEqual(256 * 1024);
  });

  it('leaves no port behind when the address is taken', async () => {
    await using simulated = await startIpmi();
    await expect(startIpmi({ listen: simulated.ipmi.address })).rejects.toThrow(/EADDRINUSE/);
  });
});
