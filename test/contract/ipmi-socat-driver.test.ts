import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePortRange, startSocatDriver } from '@consolemesh/bmc-driver-ipmi-socat';
import { type DriverSubject, describeDriver } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { freePorts } from '../harness/free-ports.ts';
import { type SolMachine, solUser, startSolMachine, unusedUdpPort } from '../harness/sol-machine.ts';

/** Two instances in front of four machines; the console of a fifth is ended at its BMC after some bytes. */
async function subject(): Promise<DriverSubject & AsyncDisposable> {
  const machines = await Promise.all([1, 2, 3, 4].map(() => startSolMachine()));
  const dying = await startSolMachine();
  dying.dieAfterBytes = 2_000;
  const folder = await mkdtemp(join(tmpdir(), 'consolemesh-socat-'));
  const ports = await freePorts(40);
  const driver = (name: string, own: number[]) =>
    startSocatDriver({
      trust: plaintext,
      logger: silentLogger,
      runtimeFolder: join(folder, name),
      portRange: own.map((port) => parsePortRange(`${port}:${port + 1}`)),
    });
  const [first, second] = [await driver('a', ports.slice(0, 20)), await driver('b', ports.slice(20))];
  const nodeOf = (machine: SolMachine, ipmi_password: string = solUser.password) => ({
    driverInfo: machine.info(),
    driverSecrets: { ipmi_password },
  });
  const nodes = machines.map((machine) => nodeOf(machine));
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    node: nodes[0]!,
    more: nodes.slice(1),
    unreachable: {
      ...nodes[0]!,
      driverInfo: machines[0]!.info({ ipmi_port: `${await unusedUdpPort()}` }),
    },
    refused: nodeOf(machines[0]!, 'wrong'),
    dying: nodeOf(dying),
    attempts: () => machines.reduce((sum, { logins }) => sum + logins(), 0),
    async breakMachine() {
      for (const machine of machines) machine.silent = true;
    },
    async mendMachine() {
      for (const machine of machines) machine.silent = false;
    },
    async [Symbol.asyncDispose]() {
      for (const part of [first, second, ...machines, dying]) await part[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describeDriver('ipmi-socat', subject, {
  'the driver offers no TCP for serial consoles': ['DRV-KEY-8'],
  'the affinity is INSTANCE': ['DRV-STATE-3'],
  'the driver changes nothing': ['DRV-STOP-3'],
  'no CAPABILITY_POWER': ['DRV-POWER-1', 'DRV-POWER-2', 'DRV-POWER-3', 'DRV-POWER-4'],
  'no CAPABILITY_BOOT_DEVICE': ['DRV-BOOT-1'],
  'no CAPABILITY_SCREENSHOT': ['DRV-SCREEN-1'],
  'no CAPABILITY_CONSOLE_LOG': ['DRV-LOG-1', 'DRV-LOG-2'],
  'the driver offers no RELAY for graphical consoles': ['DRV-KIND-3'],
  'no graphical console with RELAY': [
    'ATTACH-2 a graphical stream is a complete RFB 3.8 connection',
    'ATTACH-2 the handshake stands any cutting',
  ],
  // ipmitool sends breaks at the beginning of a line only.
  'the subject does not name what a break looks like': ['ATTACH-23'],
  'the line is not one that sends back megabytes': ['ATTACH-25'],
});
