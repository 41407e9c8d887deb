import { chassisControl, getDeviceId, openSession, readSolParameters } from '@consolemesh/ipmi';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { password, startIpmiSim, user } from './ipmi-peers.ts';

vi.setConfig({ testTimeout: 90_000 });

describe('our client at ipmi_sim of OpenIPMI', () => {
  it('logs in with suite 3, which is the best that it lists, and asks who it is', async () => {
    await using sim = await startIpmiSim();
    await using session = await openSession({ host: '127.0.0.1', port: sim.port, user, password });
    expect(session.info).toMatchObject({ suite: 3, guid: 'a123456789abcdefa123456789abcdef' });
    expect(await session.run(getDeviceId, {})).toMatchObject({ manufacturer: 0x1291, product: 0xf02 });
    expect(await readSolParameters(session)).toMatchObject({ enabled: true });
    await expect(session.run(chassisControl, { action: 'interrupt' })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
  });

  it('says what is wrong with the password, the user and the suite', async () => {
    await using sim = await startIpmiSim();
    const open = (options: object) =>
      openSession({ host: '127.0.0.1', port: sim.port, user, password, ...options });
    await expect(open({ password: 'wrong' })).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    await expect(open({ user: 'nobody' })).rejects.toMatchObject({ code: 'UNKNOWN_USER' });
    await expect(open({ suites: [17] })).rejects.toMatchObject({ code: 'NO_SUITE' });
  });

  it('carries the serial console both ways, thousands of lines of it, and the break', async () => {
    await using sim = await startIpmiSim();
    await using session = await openSession({ host: '127.0.0.1', port: sim.port, user, password });
    const line = await session.activateSol();
    let printed = '';
    let typed = Buffer.alloc(0);
    line.on('data', (chunk: Buffer) => {
      printed += chunk.toString('latin1');
    });
    sim.serial.on('data', (chunk: Buffer) => {
      typed = Buffer.concat([typed, chunk]);
    });
    const lines = Array.from({ length: 3_000 }, (_, i) => `line ${i} of the boot\r\n`).join('');
    sim.serial.write(lines);
    const text = 'x'.repeat(200);
    line.write(text);
    await eventually(
      () => printed.length,
      (n) => n >= lines.length,
      { what: '3000 lines' },
    );
    expect(printed).toBe(lines);
    await eventually(() => typed.length >= text.length);
    expect(typed.toString()).toBe(text);
    // It writes a break to a TCP connection as the break of Telnet, together with what comes next.
    await line.break();
    line.write('!');
    await eventually(() => typed.subarray(text.length).equals(Buffer.from([0xff, 0xf3, 0x21])));
    await line.close();
    const again = await session.activateSol();
    again.write('?');
    await eventually(() => typed.at(-1) === 0x3f);
  });

  it('takes the serial console over from a session that is there already, which notices it though nobody tells', async () => {
    await using sim = await startIpmiSim();
    const options = { host: '127.0.0.1', port: sim.port, user, password };
    await using first = await openSession({ ...options, timeouts: { keepaliveMs: 1_000 } });
    const line = await first.activateSol();
    const gone = new Promise((resolve) => line.once('error', resolve));
    await using second = await openSession(options);
    await expect(second.activateSol()).rejects.toMatchObject({ code: 'SOL_BUSY' });
    await using taken = await second.activateSol({ takeOver: true });
    expect(await gone).toMatchObject({ code: 'SOL_STOLEN' });
    expect(first.counters.keepalives).toBeGreaterThan(0);
    const heard = new Promise((resolve) => sim.serial.once('data', (chunk) => resolve(String(chunk))));
    taken.write('mine');
    expect(await heard).toBe('mine');
  });
});
