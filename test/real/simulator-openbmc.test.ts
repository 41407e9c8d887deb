import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSimulatedIdrac, startSimulatedOpenbmc } from '@consolemesh/bmc-simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { debianPython } from '../system-packages.mjs';
import { sitDown } from './ipmi-peers.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'consolemesh-openbmc-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = () => startSimulatedOpenbmc({ name: 'node-07', stage: 'console', ssh: {}, systems: 2 });

describe('curl at a simulated OpenBMC', () => {
  it('logs in, finds the consoles, and switches the power', async () => {
    await using openbmc = await start();
    const url = `https://127.0.0.1:${openbmc.https.port}/redfish/v1`;
    const certificate = join(folder, 'certificate.pem');
    writeFileSync(certificate, openbmc.certificate);
    const curl = async (...args: string[]) => {
      const base = [
        '-s',
        '--fail-with-body',
        '--cacert',
        certificate,
        '-H',
        'content-type: application/json',
      ];
      return (await promisify(execFile)('curl', [...base, ...args], { timeout: 30_000 })).stdout;
    };
    const login = await curl(
      '-i',
      '-d',
      '{"UserName":"root","Password":"0penBmc"}',
      `${url}/SessionService/Sessions`,
    );
    const token = ['-H', `X-Auth-Token: ${/^x-auth-token: (\S+)/im.exec(login)?.[1]}`];
    const system = JSON.parse(await curl(...token, `${url}/Systems/system2`));
    expect(system.SerialConsole.WebSocket.ConsoleURI).toBe('/console/system2');
    await curl(
      ...token,
      '-d',
      '{"ResetType":"ForceOff"}',
      `${url}/Systems/system2/Actions/ComputerSystem.Reset`,
    );
    expect(openbmc.hosts.map(({ machine }) => machine.power)).toEqual(['on', 'off']);
    await expect(curl('-u', 'root:wrong', `${url}/Systems`)).rejects.toThrow();
  });
});

describe('Python’s websocket-client at a simulated OpenBMC', () => {
  it.each(['basic', 'token', 'cookie'])('logs in on the console of a server, by %s', async (way) => {
    await using openbmc = await start();
    const script = fileURLToPath(new URL('simulator-openbmc.py', import.meta.url));
    const { stdout } = await promisify(execFile)(
      debianPython,
      [script, String(openbmc.https.port), '/console/system2', way],
      { timeout: 45_000 },
    );
    expect(stdout).toContain('node-07-2 login: ');
    expect(stdout).toContain('/dev/ttyS0');
    expect(openbmc.consoles).toEqual([]);
  });
});

/** OpenSSH in a terminal; somebody there types the password. */
function ssh(port: number, fingerprintFile: string, ...more: string[]) {
  const options = [
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile=${fingerprintFile}`,
    'LogLevel=ERROR',
  ];
  const words = ['ssh', '-F', 'none', '-e', 'none', '-p', String(port), ...options.flatMap((o) => ['-o', o])];
  return sitDown([...words, 'root@127.0.0.1', ...more].join(' '));
}

describe('OpenSSH', () => {
  it('comes to the console of an OpenBMC at once, and leaves it by ~.', async () => {
    await using openbmc = await start();
    const hosts = join(folder, 'openbmc-hosts');
    await using terminal = ssh(openbmc.ssh!.address.port, hosts);
    await terminal.sees('password: ');
    terminal.type('0penBmc\r');
    await expect.poll(() => openbmc.ssh?.consoles).toBe(1);
    terminal.type('\r');
    await terminal.sees('node-07-1 login: ');
    terminal.type('operator\ranything\r');
    await terminal.sees('for what can be done here');
    terminal.type('seq 2000\r');
    await terminal.sees('\r\n2000\r\n');
    terminal.type('\r~.');
    await terminal.exited;
    expect(openbmc.ssh?.consoles).toBe(0);
    const { stdout } = await promisify(execFile)('ssh-keygen', ['-lf', hosts]);
    expect(stdout).toContain(openbmc.ssh?.fingerprint);
  });

  it('comes to the console of an iDRAC by its command, and back to the command line by Ctrl-\\', async () => {
    await using idrac = await startSimulatedIdrac({ name: 'node-07', stage: 'console', ssh: {} });
    await using terminal = ssh(idrac.ssh!.address.port, join(folder, 'idrac-hosts'));
    await terminal.sees('password: ');
    terminal.type('calvin\r');
    await terminal.sees('racadm>>');
    terminal.type('console com2\r');
    await terminal.sees('Connected to the serial line');
    terminal.type('\r');
    await terminal.sees('node-07 login: ');
    terminal.type('\x1c');
    await expect.poll(() => idrac.ssh?.consoles).toBe(0);
    terminal.type('exit\r');
    await terminal.exited;
  });
});
