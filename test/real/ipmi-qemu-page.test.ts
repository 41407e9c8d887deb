import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startIpmiSolDriver } from '@consolemesh/bmc-driver-ipmi-sol';
import {
  ConsoleServiceDefinition,
  type Node,
  NodeServiceDefinition,
  ObservedState,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { pingBmc } from '@consolemesh/ipmi';
import { plaintext, silentLogger, toDuration } from '@consolemesh/mesh';
import { expect, it } from 'vitest';
import { launchChromium } from '../harness/chromium.ts';
import { eventually } from '../harness/eventually.ts';
import { lowPorts } from '../harness/low-ports.ts';
import { startMesh } from '../harness/mesh.ts';
import { createStack } from '../harness/stack.ts';
import { terminalText } from '../harness/terminal-text.ts';
import { qemuBootMenu } from '../harness/vnc-servers.ts';
import { ipmiSimCommand, password, user, writeIpmiSim } from './ipmi-peers.ts';
import { describePart } from './serial/part.ts';

/** A PC of QEMU without a display, so that its firmware uses the serial port, which is behind the BMC of ipmi_sim; it waits to be switched on. */
async function startMachine() {
  const stack = createStack();
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-qemu-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [serial, port] = (await lowPorts(2)) as [number, number];
  const monitor = join(folder, 'monitor');
  const listening = (...to: [string] | [number, string]) =>
    new Promise<boolean>((resolve) => {
      const socket = typeof to[0] === 'number' ? connectTcp(to[0], to[1]) : connectTcp(to[0]);
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  const machine = describePart({
    ...{ name: 'qemu', folder },
    command: [
      'qemu-system-x86_64',
      ...['-M', 'pc,graphics=off', '-accel', 'tcg', '-m', '16', '-nodefaults', '-display', 'none', '-S'],
      ...['-chardev', `socket,id=line,host=127.0.0.1,port=${serial},server=on,wait=off`],
      ...['-device', 'isa-serial,chardev=line', '-monitor', `unix:${monitor},server=on,wait=off`],
      ...qemuBootMenu,
    ],
    serves: () => listening(monitor),
  });
  const bmc = describePart({
    ...{ name: 'ipmi_sim', folder, command: ipmiSimCommand },
    serves: async () =>
      (await pingBmc({ host: '127.0.0.1', port, tries: 1 }).catch(() => undefined)) !== undefined,
  });
  await writeIpmiSim(bmc.home, port, serial);
  for (const part of [machine, bmc]) {
    stack.defer(() => part.end('SIGKILL'));
    await part.start();
  }
  return {
    port,
    async switchOn() {
      const socket = connectTcp(monitor);
      await once(socket, 'connect');
      socket.end('cont\n');
      await once(socket.resume(), 'close');
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** A mesh with the driver ipmi-sol, and a console of it. */
async function startConsole(port: number) {
  const stack = createStack();
  const builder = fileURLToPath(new URL('../../services/serialproxy/build-page.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [builder]);
  const driver = stack.use(await startIpmiSolDriver({ trust: plaintext, logger: silentLogger }));
  const page = fileURLToPath(new URL('../../services/serialproxy/dist/page', import.meta.url));
  const mesh = stack.use(
    await startMesh({
      ...{ proxies: 0, serialproxies: 1, vncDrivers: 0, fakeDrivers: 0, providers: 0 },
      ...{ serialproxy: { page }, conductor: { drivers: [driver.target] } },
    }),
  );
  const connection = mesh.connect(mesh.conductorTarget);
  const name = 'rack3-qemu';
  await connection.client(NodeServiceDefinition).createNode({
    node: {
      name,
      interfaces: { graphical: 'none', serial: 'ipmi-sol', power: 'none' },
      driverInfo: { ipmi_address: '127.0.0.1', ipmi_port: `${port}`, ipmi_username: user },
      driverSecrets: { ipmi_password: password },
    } as Partial<Node> as Node,
  });
  const consoles = connection.client(ConsoleServiceDefinition);
  const which = { node: name, kind: ConsoleKind.SERIAL };
  const signal = AbortSignal.timeout(65_000);
  const { console } = await consoles.enableConsole({ ...which, wait: toDuration(60_000) }, { signal });
  expect([console?.observed, console?.lastError?.message]).toEqual([ObservedState.READY, undefined]);
  const wish = { ...which, role: Role.CONTROL, subject: 'ada', singleUse: false, ttl: undefined };
  const { url } = await consoles.createConsoleUrl(wish);
  return { url, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

it('the firmware of a PC is read and operated in the page, over IPMI', { timeout: 120_000 }, async () => {
  await using machine = await startMachine();
  await using console = await startConsole(machine.port);
  await using browser = await launchChromium();
  await using tab = await browser.newPage();
  const { page } = tab;
  const shows = (text: string) =>
    eventually(
      () => terminalText(page),
      (all) => all.includes(text),
      { what: `"${text}" in the page`, withinMs: 60_000, everyMs: 50 },
    );
  await page.goto(console.url);
  await page.locator('#state[data-tone="ok"]').waitFor({ timeout: 60_000 });
  await machine.switchOn();
  await shows('SeaBIOS (version');
  await shows('Press ESC for boot menu');
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Escape');
  await shows('Select boot device:');
  await shows('Legacy option rom');
  await tab.screenshot('serial-qemu-firmware');
  await page.keyboard.press('1');
  await shows('Booting from Hard Disk');
  expect(tab.complaints).toEqual({ errors: [], policyViolations: [] });
});
