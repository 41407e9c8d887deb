import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type IpmiFaceOptions, startSimulatedIdrac, startSimulatedIpmi } from '@consolemesh/bmc-simulator';
import { describe, expect, it, vi } from 'vitest';
import { freeUdpPort, sitDown } from './ipmi-peers.ts';

// Each tool waits seconds before it repeats anything.
vi.setConfig({ testTimeout: 90_000 });

/** A simulated server with IPMI alone, at its login prompt, and the programs that are pointed at it. */
async function startServer(options: IpmiFaceOptions & { speed?: number } = {}) {
  const listen = { host: '127.0.0.1', port: await freeUdpPort() };
  const simulated = await startSimulatedIpmi({ name: 'node-07', stage: 'console', listen, ...options });
  return { ...simulated, ...toolsAt(listen.port) };
}

function toolsAt(port: number) {
  const ipmitool = (suite: number) => [
    ...['-I', 'lanplus', '-H', '127.0.0.1', '-p', `${port}`],
    ...['-U', 'root', '-P', 'calvin', '-C', `${suite}`],
  ];
  const freeipmi = (suite: number) => [
    '-h',
    `127.0.0.1:${port}`,
    '-u',
    'root',
    '-p',
    'calvin',
    '-I',
    `${suite}`,
  ];
  return {
    /** What ipmitool prints for one command. @throws with both outputs when it fails */
    ipmitool: (suite: number, ...command: string[]) => run('ipmitool', ...ipmitool(suite), ...command),
    ipmiChassis: (suite: number, ...command: string[]) =>
      run('ipmi-chassis', '-D', 'LAN_2_0', ...freeipmi(suite), ...command),
    activate: (suite: number) => sitDown(`ipmitool ${ipmitool(suite).join(' ')} sol activate`),
    ipmiconsole: (suite: number) => sitDown(`ipmiconsole ${freeipmi(suite).join(' ')}`),
  };
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: 60_000 });
  return stdout + stderr;
}

describe.each([3, 17])('ipmitool with suite %i at a simulated server', (suite) => {
  it('asks who it is, who its users are, and how SOL is configured', async () => {
    await using server = await startServer({
      device: { manufacturer: 674, firmware: { major: 5, minor: 10 } },
    });
    expect(await server.ipmitool(suite, 'mc', 'info')).toMatch(/Firmware Revision +: 5\.10/);
    expect(await server.ipmitool(suite, 'user', 'list', '1')).toMatch(/^2 +root .* ADMINISTRATOR/m);
    expect(await server.ipmitool(suite, 'sol', 'info', '1')).toMatch(/Enabled +: true/);
    expect(server.ipmi.bmc.sessions).toEqual([]);
  });

  it('switches the machine', async () => {
    await using server = await startServer();
    const power = (...words: string[]) => server.ipmitool(suite, 'chassis', 'power', ...words);
    expect(await power('status')).toContain('Chassis Power is on');
    await power('off');
    expect(server.machine.power).toBe('off');
    expect(await power('status')).toContain('Chassis Power is off');
    await expect(power('cycle')).rejects.toThrow(/present state/);
    await power('on');
    expect(server.machine.stage).toBe('post');
    await power('cycle');
    expect(server.machine.power).toBe('on');
  });

  it('logs in on the serial console, types, breaks, and gives the line back', async () => {
    await using server = await startServer();
    await using terminal = server.activate(suite);
    await terminal.sees('SOL Session operational');
    terminal.type('\r');
    await terminal.sees('node-07 login: ');
    terminal.type('operator\r');
    await terminal.sees('Password: ');
    terminal.type('anything\r');
    await terminal.sees('for what can be done here');
    terminal.type('seq 500\r');
    await terminal.sees('\r\n500\r\n');
    terminal.type('~B');
    // The kernel takes what follows the break; ipmitool has sent it by the time it says so.
    await terminal.sees('[send break]');
    terminal.type('h');
    await terminal.sees('sysrq: HELP');
    // Its own commands are taken at the beginning of a line.
    terminal.type('\r~.');
    expect(await terminal.exited).toBe(0);
    expect(server.ipmi.bmc.solOwner).toBeUndefined();
    expect(server.machine.screen.text()).toMatch(/node-07 login:$/);
  });
});

describe('ipmitool at a simulated server', () => {
  it('watches the machine boot into its set-up, as it was told to once', async () => {
    await using server = await startServer({ speed: 5 });
    await using terminal = server.activate(17);
    await terminal.sees('SOL Session operational');
    expect(await server.ipmitool(17, 'chassis', 'bootdev', 'bios')).toContain('Set Boot Device to bios');
    await server.ipmitool(17, 'chassis', 'power', 'cycle');
    await terminal.sees('Boot override by the BMC: setup');
    await terminal.sees('The set-up menu is open on the screen');
    expect(server.machine.stage).toBe('setup');
  });

  it('takes the line from whoever has it', async () => {
    await using server = await startServer();
    await using first = server.activate(17);
    await first.sees('SOL Session operational');
    expect(await server.ipmitool(17, 'sol', 'deactivate')).toBe('');
    await using second = server.activate(17);
    await second.sees('SOL Session operational');
    second.type('\r');
    await second.sees('login: ');
  });

  it('is refused where it should be', async () => {
    await using server = await startServer({ kg: 'mesh-key', misbehave: { suites: [17] } });
    await expect(server.ipmitool(3, '-k', 'mesh-key', 'mc', 'info')).rejects.toThrow();
    await expect(server.ipmitool(17, 'mc', 'info')).rejects.toThrow();
    expect(await server.ipmitool(17, '-k', 'mesh-key', 'mc', 'info')).toContain('IPMI Version');
  });

  it('sees that SOL is disabled, and that somebody else has the line', async () => {
    await using server = await startServer({ misbehave: { sol: 'disabled' } });
    await using refused = server.activate(17);
    await refused.sees('disabled');
    server.ipmi.misbehave.sol = 'taken';
    await using busy = server.activate(17);
    await busy.sees('SOL payload already active on another session');
  });

  it('uses the IPMI of a simulated iDRAC with its users', async () => {
    const port = await freeUdpPort();
    const users = [{ name: 'root', password: 'calvin', privilege: 'administrator' as const }];
    const ipmi = { listen: { host: '127.0.0.1', port } };
    await using idrac = await startSimulatedIdrac({ name: 'node-07', stage: 'console', users, ipmi });
    const { ipmitool, activate } = toolsAt(port);
    expect(await ipmitool(17, 'mc', 'info')).toMatch(/Manufacturer Name +: Dell/i);
    await using terminal = activate(17);
    await terminal.sees('SOL Session operational');
    terminal.type('\r');
    await terminal.sees('login: ');
    await idrac.attributes.set('IPMISOL.1#Enable', 'Disabled');
    await using refused = activate(17);
    await refused.sees('disabled');
    await idrac.attributes.set('IPMILan.1#Enable', 'Disabled');
    await expect(ipmitool(17, '-N', '1', '-R', '1', 'mc', 'info')).rejects.toThrow();
  });
});

describe.each([3, 17])('FreeIPMI with suite %i at a simulated server', (suite) => {
  it('reads and switches the power with ipmi-chassis', async () => {
    await using server = await startServer();
    expect(await server.ipmiChassis(suite, '--get-chassis-status')).toMatch(/System Power +: on/);
    await server.ipmiChassis(suite, '--chassis-control=POWER-DOWN');
    expect(server.machine.power).toBe('off');
    await server.ipmiChassis(suite, '--chassis-control=POWER-UP');
    expect(server.machine.stage).toBe('post');
  });

  it('logs in on the serial console with ipmiconsole', async () => {
    await using server = await startServer();
    await using terminal = server.ipmiconsole(suite);
    await terminal.sees('SOL established');
    terminal.type('\r');
    await terminal.sees('node-07 login: ');
    terminal.type('operator\ranything\r');
    await terminal.sees('for what can be done here');
    terminal.type('&.');
    expect(await terminal.exited).toBe(0);
  });
});
