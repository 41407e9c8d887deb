import type { ChassisAction } from '@consolemesh/ipmi';
import { type BmcOptions, createBmc, serveBmc } from '@consolemesh/ipmi/bmc';
import { describe, expect, it, vi } from 'vitest';
import { freeUdpPort, ipmitool, password, sitDown, user } from './ipmi-peers.ts';

// Each tool waits seconds before it repeats anything.
vi.setConfig({ testTimeout: 90_000 });

/** Our BMC on a port, with a machine that echoes what is typed and shows breaks. */
async function startBmc(options: Partial<BmcOptions> = {}) {
  const done: ChassisAction[] = [];
  let on = true;
  const bmc = createBmc({
    users: [{ id: 2, name: user, password, privilege: 'administrator' }],
    chassis: {
      powerOn: () => on,
      control(action) {
        done.push(action);
        on = action !== 'off';
      },
    },
    ...options,
  });
  const server = await serveBmc(bmc, { port: await freeUdpPort() });
  let typed = '';
  bmc.serial.on('data', (chunk: Buffer) => {
    typed += chunk.toString('latin1');
    bmc.serial.write(chunk);
  });
  bmc.serial.on('break', () => bmc.serial.write('[break]'));
  return {
    bmc,
    done,
    port: server.port,
    typed: () => typed,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      bmc[Symbol.dispose]();
    },
  };
}

const paste = Array.from({ length: 120 }, (_, i) => String(i).padStart(4, '0')).join(' ');

describe.each([3, 17])('ipmitool with suite %i at our BMC', (suite) => {
  it('asks who it is, switches the power and reads how SOL is configured', async () => {
    await using bmc = await startBmc({ deviceId: { manufacturer: 674, firmware: { major: 2, minor: 85 } } });
    expect(await ipmitool(bmc.port, suite, 'mc', 'info')).toMatch(/Firmware Revision +: 2\.85/);
    expect(await ipmitool(bmc.port, suite, 'chassis', 'power', 'status')).toContain('Chassis Power is on');
    await ipmitool(bmc.port, suite, 'chassis', 'power', 'off');
    expect(await ipmitool(bmc.port, suite, 'chassis', 'power', 'status')).toContain('Chassis Power is off');
    expect(bmc.done).toEqual(['off']);
    expect(await ipmitool(bmc.port, suite, 'sol', 'info', '1')).toMatch(
      /Volatile Bit Rate \(kbps\) +: 115\.2/,
    );
    expect(await ipmitool(bmc.port, suite, 'user', 'list', '1')).toContain(user);
    expect(bmc.bmc.sessions).toEqual([]);
  });

  it('uses the serial console, sends a break, and gives it back', async () => {
    await using bmc = await startBmc();
    const base = `ipmitool -I lanplus -H 127.0.0.1 -p ${bmc.port} -U ${user} -P ${password} -C ${suite}`;
    await using terminal = sitDown(`${base} sol activate`);
    await terminal.sees('SOL Session operational');
    terminal.type('hello\r');
    await terminal.sees('hello');
    terminal.type('~B');
    await terminal.sees('[break]');
    terminal.type(`${paste}\r`);
    await terminal.sees(paste);
    expect(bmc.typed()).toBe(`hello\r${paste}\r`);
    terminal.type('~.');
    expect(await terminal.exited).toBe(0);
    expect(bmc.bmc.solOwner).toBeUndefined();
    expect(bmc.bmc.sessions).toEqual([]);
  });
});

describe('ipmitool at our BMC', () => {
  // Where a BMC takes a part of the rest again, ipmitool 1.8.19 forgets the remainder.
  it('sends what the BMC did not take at once', async () => {
    let first = true;
    const room = (free: number) => {
      const taken = first ? 3 : free;
      first = false;
      return taken;
    };
    await using bmc = await startBmc({ faults: { room } });
    const base = `ipmitool -I lanplus -H 127.0.0.1 -p ${bmc.port} -U ${user} -P ${password} -C 17`;
    await using terminal = sitDown(`${base} sol activate`);
    await terminal.sees('SOL Session operational');
    terminal.type('0123456789');
    await terminal.sees('0123456789');
    expect(bmc.typed()).toBe('0123456789');
  });

  it('is told that somebody else has the serial console, and can take it away with sol deactivate', async () => {
    await using bmc = await startBmc();
    const base = `ipmitool -I lanplus -H 127.0.0.1 -p ${bmc.port} -U ${user} -P ${password} -C 17`;
    await using first = sitDown(`${base} sol activate`);
    await first.sees('SOL Session operational');
    await using second = sitDown(`${base} sol activate`);
    await second.sees('SOL payload already active on another session');
    await ipmitool(bmc.port, 17, 'sol', 'deactivate');
    expect(bmc.bmc.solOwner).toBeUndefined();
    await using third = sitDown(`${base} sol activate`);
    await third.sees('SOL Session operational');
  });

  it('logs in with the quirk that this BMC needs', async () => {
    await using bmc = await startBmc({ quirks: { rakp3Role: 'withoutLookup', openPrivilege: 'wanted' } });
    await expect(ipmitool(bmc.port, 3, 'mc', 'info')).rejects.toThrow();
    expect(await ipmitool(bmc.port, 3, '-o', 'intelplus', 'mc', 'info')).toContain('IPMI Version');
  });

  it('pads as the quirk icts wants it', async () => {
    await using bmc = await startBmc({ quirks: { integrityPad: 'withoutTrailer' } });
    expect(await ipmitool(bmc.port, 17, '-o', 'icts', 'mc', 'info')).toContain('IPMI Version');
  });

  it('needs the K_g that this BMC has', async () => {
    await using bmc = await startBmc({ kg: 'mesh-key' });
    await expect(ipmitool(bmc.port, 17, 'mc', 'info')).rejects.toThrow();
    expect(await ipmitool(bmc.port, 17, '-k', 'mesh-key', 'mc', 'info')).toContain('IPMI Version');
  });
});

describe.each([3, 17])('ipmiconsole of FreeIPMI with suite %i at our BMC', (suite) => {
  it('uses the serial console, sends a break, and gives it back', async () => {
    await using bmc = await startBmc();
    await using terminal = sitDown(
      `ipmiconsole -h 127.0.0.1:${bmc.port} -u ${user} -p ${password} -I ${suite}`,
    );
    await terminal.sees('SOL established');
    terminal.type('hello\r');
    await terminal.sees('hello');
    terminal.type('&B');
    await terminal.sees('[break]');
    terminal.type(`${paste}\r`);
    await terminal.sees(paste);
    expect(bmc.typed()).toBe(`hello\r${paste}\r`);
    terminal.type('&.');
    expect(await terminal.exited).toBe(0);
    expect(bmc.bmc.solOwner).toBeUndefined();
  });
});

describe('ipmiconsole of FreeIPMI at our BMC', () => {
  it('loses nothing of what is typed where the BMC takes little at a time', async () => {
    await using bmc = await startBmc({ faults: { room: (free) => Math.min(free, 3) } });
    await using terminal = sitDown(`ipmiconsole -h 127.0.0.1:${bmc.port} -u ${user} -p ${password} -I 17`);
    await terminal.sees('SOL established');
    terminal.type('0123456789');
    await terminal.sees('0123456789');
    expect(bmc.typed()).toBe('0123456789');
  });

  it('loses nothing of what is typed where the BMC refuses for a while', async () => {
    let refusals = 3;
    await using bmc = await startBmc({ faults: { room: (free) => (refusals-- > 0 ? 0 : free) } });
    await using terminal = sitDown(`ipmiconsole -h 127.0.0.1:${bmc.port} -u ${user} -p ${password} -I 17`);
    await terminal.sees('SOL established');
    terminal.type('patience\r');
    await terminal.sees('patience');
    expect(bmc.typed()).toBe('patience\r');
  });

  it('logs in with the workaround that this BMC needs', async () => {
    await using bmc = await startBmc({
      quirks: { user: 'counted', openPrivilege: 'wanted', rakp3Role: 'withoutLookup' },
    });
    const base = `ipmiconsole -h 127.0.0.1:${bmc.port} -u ${user} -p ${password} -I 3`;
    await using refused = sitDown(base);
    await refused.sees('[error received]');
    await using terminal = sitDown(`${base} -W intel20`);
    await terminal.sees('SOL established');
  });
});
