import { X509Certificate } from 'node:crypto';
import { startRedfishSerialDriver } from '@consolemesh/bmc-driver-redfish-serial';
import { briefTimings, closeLine, drive, readUntil } from '@consolemesh/bmc-driver-redfish-serial/testing';
import {
  type SimulatedIdrac,
  type SimulatedOpenbmc,
  type SimulatedOpenbmcOptions,
  startSimulatedIdrac,
  startSimulatedOpenbmc,
} from '@consolemesh/bmc-simulator';
import type { OpenedLine } from '@consolemesh/driver-sdk';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { describe, expect, it, vi } from 'vitest';
import { solCaller } from '../harness/sol-world.ts';
import { createStack } from '../harness/stack.ts';

vi.setConfig({ testTimeout: 60_000 });

type Options = Readonly<Record<string, string>>;

const startOpenbmc = (options: Partial<SimulatedOpenbmcOptions> = {}) =>
  startSimulatedOpenbmc({ name: 'node-07', stage: 'console', ...options });

/** Options of a node, with its certificate and its host key pinned. */
function infoOf(bmc: SimulatedOpenbmc | SimulatedIdrac, more: Options = {}): Options {
  return {
    redfish_address: `https://127.0.0.1:${bmc.https.port}`,
    redfish_username: 'root',
    redfish_pin: new X509Certificate(bmc.certificate).fingerprint256,
    ...(bmc.ssh && {
      redfish_ssh_host_key: bmc.ssh.fingerprint,
      redfish_ssh_port: `${bmc.ssh.address.port}`,
    }),
    ...more,
  };
}

const openbmcDrive = (bmc: SimulatedOpenbmc, more: Options = {}, timings = briefTimings) =>
  drive(infoOf(bmc, more), { redfish_password: '0penBmc' }, timings);

/** Somebody logs in on the machine. */
async function use(line: OpenedLine): Promise<void> {
  line.stream.write('\r');
  await readUntil(line, 'login: ');
  line.stream.write('operator\r');
  await readUntil(line, 'Password: ');
  line.stream.write('anything\r');
  await readUntil(line, 'for what can be done here');
  line.stream.write('seq 500\r');
  await readUntil(line, '\r\n500\r\n');
}

describe('a simulated OpenBMC', () => {
  it.each([
    ['that behaves', {}],
    ['that tells of no WebSocket, as bmcweb does', { untold: true }],
    ['that takes cookies only', { cookiesOnly: true }],
    ['that takes sessions only', { noBasic: true }],
    ['that says everything as text', { asText: true }],
    ['that names another host for its WebSocket', { uri: 'wss://192.0.2.9/console0' }],
    ['that is slow', { slowMs: 150 }],
  ])('%s has its console used over a WebSocket, and nothing is left of it', async (_what, misbehave) => {
    await using bmc = await startOpenbmc({ misbehave });
    const line = await openbmcDrive(bmc).open();
    await use(line);
    await closeLine(line);
    await expect.poll(() => bmc.consoles).toEqual([]);
    expect(bmc.sessions).toBe(0);
  });

  it('with several servers has the console of each', async () => {
    await using bmc = await startOpenbmc({ systems: 2, misbehave: { untold: true } });
    for (const [id, login] of [
      ['system1', 'node-07-1 login: '],
      ['system2', 'node-07-2 login: '],
    ] as const) {
      const line = await openbmcDrive(bmc, { redfish_system_id: id }).open();
      line.stream.write('\r');
      await readUntil(line, login);
      await closeLine(line);
    }
    await expect(openbmcDrive(bmc).start()).rejects.toMatchObject({
      reason: 'FIELD_REQUIRED',
      message: expect.stringContaining('/redfish/v1/Systems/system2'),
    });
  });

  it('whose places are taken says so', async () => {
    await using bmc = await startOpenbmc({ misbehave: { mostConsoles: 1 } });
    const { start, open } = openbmcDrive(bmc);
    const { state } = (await start()) as { state: Buffer };
    const line = await open(state);
    const second = await open(state);
    const refused = await new Promise((resolve) => second.stream.resume().once('error', resolve));
    expect(refused).toMatchObject({ reason: 'BMC_BUSY' });
    await closeLine(line);
  });

  it('that forgets sessions has them used, so that they live as long as the console', async () => {
    await using bmc = await startOpenbmc({ misbehave: { sessionTimeoutMs: 1_000 } });
    const line = await openbmcDrive(bmc, {}, { ...briefTimings, touchMs: 100 }).open();
    const before = bmc.requests;
    await expect.poll(() => bmc.requests, { timeout: 20_000 }).toBeGreaterThan(before + 15);
    expect(bmc.sessions).toBe(1);
    await use(line);
    await closeLine(line);
    expect(bmc.sessions).toBe(0);
  });

  it('that answers no ping is lost', async () => {
    await using bmc = await startOpenbmc({ misbehave: { deaf: true } });
    const line = await openbmcDrive(bmc, {}, { ...briefTimings, keepaliveMs: 100 }).open();
    const lost = await new Promise((resolve) => line.stream.resume().once('error', resolve));
    expect(lost).toMatchObject({ reason: 'UPSTREAM_LOST' });
  });

  it('without a WebSocket is reached over SSH, and left by ~.', async () => {
    await using bmc = await startOpenbmc({ ssh: {}, misbehave: { noWebSocket: true } });
    const { start, open } = openbmcDrive(bmc);
    const { why, state } = (await start()) as { why: string; state: Buffer };
    expect(why).toContain('over SSH');
    const line = await open(state);
    await use(line);
    await closeLine(line);
    await expect.poll(() => bmc.ssh?.consoles).toBe(0);
  });

  it('whose services are disabled says which', async () => {
    await using bmc = await startOpenbmc({ ssh: {}, misbehave: { disabled: true, noWebSocket: true } });
    const { redfish_ssh_port: _, ...info } = infoOf(bmc);
    const { start } = drive({ ...info, redfish_serial_transport: 'ssh' }, { redfish_password: '0penBmc' });
    await expect(start()).rejects.toMatchObject({ reason: 'BMC_CONSOLE_DISABLED' });
  });
});

describe('the SSH server of a simulated BMC', () => {
  it.each([
    ['that asks by keyboard-interactive', { keyboardInteractive: true }, {}],
    ['that says its first word late', { slowPromptMs: 500 }, {}],
    ['that knows old algorithms only', { oldAlgorithms: true }, { redfish_ssh_algorithms: 'old' }],
    ['that does not know its own hot key', { stuckHotKey: true }, {}],
  ] as const)('%s has its console used', async (_what, misbehave, more) => {
    await using bmc = await startOpenbmc({ ssh: { entry: 'connect host', misbehave } });
    const ssh = { redfish_serial_transport: 'ssh', redfish_ssh_command: 'connect host' };
    const line = await openbmcDrive(bmc, { ...ssh, ...more }).open();
    await use(line);
    await closeLine(line);
    await expect.poll(() => bmc.ssh?.consoles).toBe(0);
  });

  it.each([
    ['has another host key', { otherHostKey: true }, 'BMC_CERTIFICATE_REFUSED'],
    ['lets nobody in', { noLogin: true }, 'BMC_AUTHENTICATION_FAILED'],
    ['gives no shell', { noShell: true }, 'BMC_CONSOLE_DISABLED'],
  ] as const)('says why when it %s', async (_what, misbehave, reason) => {
    await using bmc = await startOpenbmc({ ssh: { misbehave } });
    await expect(openbmcDrive(bmc, { redfish_serial_transport: 'ssh' }).open()).rejects.toMatchObject({
      reason,
    });
  });

  it('tells in its own words that somebody else has the console', async () => {
    await using bmc = await startOpenbmc({ ssh: { misbehave: { inUse: true } } });
    const line = await openbmcDrive(bmc, { redfish_serial_transport: 'ssh' }).open();
    const busy = await new Promise((resolve) => line.stream.resume().once('error', resolve));
    expect(busy).toMatchObject({ reason: 'BMC_BUSY', message: expect.stringContaining('in use') });
  });
});

it('the console of a simulated iDRAC is entered by the command that Redfish names, and left by Ctrl-\\', async () => {
  await using idrac = await startSimulatedIdrac({ name: 'node-07', stage: 'console', ssh: {} });
  const line = await drive(infoOf(idrac), { redfish_password: 'calvin' }).open();
  await readUntil(line, 'Connected to the serial line');
  await use(line);
  expect(idrac.ssh?.consoles).toBe(1);
  await closeLine(line);
  await expect.poll(() => idrac.ssh?.consoles).toBe(0);
});

describe('the driver in front of a simulated OpenBMC', () => {
  async function startBoth(more: Options = {}) {
    const stack = createStack();
    const bmc = stack.use(await startOpenbmc());
    const options = { trust: plaintext, logger: silentLogger, timings: briefTimings };
    const drivers = [
      stack.use(await startRedfishSerialDriver(options)),
      stack.use(await startRedfishSerialDriver(options)),
    ];
    const caller = stack.use(solCaller(drivers, infoOf(bmc, more), { redfish_password: '0penBmc' }));
    return { bmc, caller, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  }

  it('shows several people one line, opens it again when it breaks, and ends its session with the console', async () => {
    await using both = await startBoth();
    const { bmc } = both;
    const console = both.caller.at(0);
    expect(await console.validate()).toEqual([]);
    const { endpoints } = await console.start();
    expect(endpoints[0]?.transport).toMatchObject({ $case: 'relay', value: { unverifiedTls: false } });
    await using ann = console.attach();
    await ann.event('opened');
    await using bob = console.attach();
    await bob.event('opened');
    ann.send(Buffer.from('\r'));
    await ann.readUntil('login: ');
    await bob.readUntil('login: ');
    expect(bmc.consoles).toHaveLength(1);
    bmc.dropConsoles();
    await ann.event('upstreamLost');
    await ann.event('upstreamRestored');
    expect(bmc.consoles).toHaveLength(1);
    expect(bmc.sessions).toBe(1);
    await console.stop();
    expect(bmc.consoles).toEqual([]);
    expect(bmc.sessions).toBe(0);
  });

  it('is taken over by another instance', async () => {
    await using both = await startBoth();
    await both.caller.at(0).start();
    const other = both.caller.at(0).at(1);
    await other.start();
    await using viewer = other.attach();
    await viewer.event('opened');
    viewer.send(Buffer.from('\r'));
    await viewer.readUntil('login: ');
  });

  it('shows wherever the console is shown that nothing is verified', async () => {
    await using both = await startBoth({ redfish_verify: 'none' });
    const { endpoints, why } = await both.caller.at(0).start();
    expect(endpoints[0]?.transport).toMatchObject({ $case: 'relay', value: { unverifiedTls: true } });
    expect(why).toContain('not verified');
  });
});
