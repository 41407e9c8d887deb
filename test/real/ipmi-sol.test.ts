import { startIpmiSolDriver } from '@consolemesh/bmc-driver-ipmi-sol';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { solCaller } from '../harness/sol-world.ts';
import { type IpmiSim, ipmitool, password, sitDown, startIpmiSim, user } from './ipmi-peers.ts';

vi.setConfig({ testTimeout: 90_000 });

const node = (sim: IpmiSim, more: Readonly<Record<string, string>> = {}) => ({
  ipmi_address: '127.0.0.1',
  ipmi_port: `${sim.port}`,
  ipmi_username: user,
  ...more,
});

const timings = { busyMs: 1_000, settleMs: 300 };
const startDriver = () => startIpmiSolDriver({ trust: plaintext, logger: silentLogger, timings });

/** What the machine behind the simulator prints is written to `sim.serial`; what is typed is read there. */
function typed(sim: IpmiSim): () => string {
  let text = '';
  sim.serial.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  return () => text;
}

describe('the driver at ipmi_sim of OpenIPMI', () => {
  it('validates, starts, carries the console both ways for its viewers, sends a break and leaves nothing', async () => {
    await using sim = await startIpmiSim();
    await using driver = await startDriver();
    using caller = solCaller([driver], node(sim), { ipmi_password: password });
    const console = caller.at(0);
    expect(await console.validate()).toEqual([]);
    expect((await console.start()).why).toMatch(/accepts the login \(cipher suite 3\)/);
    const keys = typed(sim);
    await using first = console.attach();
    await using second = console.attach();
    await first.event('opened');
    await second.event('opened');
    first.send(Buffer.from('uname -a\r'));
    await eventually(() => keys().includes('uname -a\r'));
    sim.serial.write('Linux rack1-u7\r\n');
    for (const viewer of [first, second]) await viewer.readUntil('Linux rack1-u7');
    // This simulator keeps a break until the next character, and tells it as telnet does.
    first.control({ $case: 'break', value: {} });
    first.send(Buffer.from('b'));
    await eventually(() => keys().includes('\xff\xf3'));
    await console.stop();
    // Free at once for another tool, without anything to be deactivated first.
    expect(await ipmitool(sim.port, 3, 'sol', 'deactivate').catch(String)).toMatch(/de-?activated|inactive/i);
  });

  it.each([
    ['a wrong password', { ipmi_password: 'wrong' }, {}, 'BMC_AUTHENTICATION_FAILED'],
    [
      'an unknown user',
      { ipmi_password: password },
      { ipmi_username: 'nobody' },
      'BMC_AUTHENTICATION_FAILED',
    ],
    [
      'a suite that it does not have',
      { ipmi_password: password },
      { ipmi_cipher_suite: '17' },
      'BMC_SECURITY_UNSUPPORTED',
    ],
  ])('says so when it meets %s', async (_what, secrets, info, reason) => {
    await using sim = await startIpmiSim();
    await using driver = await startDriver();
    using caller = solCaller([driver], node(sim, info), secrets);
    const [violation] = await caller.at(0).validate();
    expect(violation).toMatchObject({ reason });
  });

  it('does not steal from ipmitool, is told who has the console, and gets it when ipmitool ends', async () => {
    await using sim = await startIpmiSim();
    await using driver = await startDriver();
    await using tool = sitDown(
      `ipmitool -I lanplus -H 127.0.0.1 -p ${sim.port} -U ${user} -P ${password} -C 3 sol activate`,
    );
    await tool.sees('SOL Session operational');
    using caller = solCaller([driver], node(sim), { ipmi_password: password });
    const console = caller.at(0);
    await console.start();
    await expect(console.attach().ended).rejects.toMatchObject({ reason: 'BMC_BUSY' });
    sim.serial.write('still mine');
    await tool.sees('still mine');
    tool.type('\r~.');
    await tool.exited;
    await using viewer = console.attach();
    await viewer.event('opened');
    sim.serial.write('login: ');
    await viewer.readUntil('login: ');
  });

  it('tells its viewers when somebody ends the console at the BMC, and opens it again', async () => {
    await using sim = await startIpmiSim();
    await using driver = await startDriver();
    using caller = solCaller([driver], node(sim, { ipmi_keepalive_seconds: '1' }), {
      ipmi_password: password,
    });
    const console = caller.at(0);
    await console.start();
    await using viewer = console.attach();
    await viewer.event('opened');
    await ipmitool(sim.port, 3, 'sol', 'deactivate');
    const { message } = await viewer.event('upstreamLost');
    expect(message).not.toContain(password);
    await viewer.event('upstreamRestored');
    sim.serial.write('login: ');
    await viewer.readUntil('login: ');
  });
});
