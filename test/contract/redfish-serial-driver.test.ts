import { startRedfishSerialDriver } from '@consolemesh/bmc-driver-redfish-serial';
import {
  startTestBmc,
  startTestSsh,
  type TestBmc,
  testUser,
} from '@consolemesh/bmc-driver-redfish-serial/testing';
import { type DriverSubject, describeDriver } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { freePort } from '../harness/free-ports.ts';

const timings = { leaveMs: 300, promptQuietMs: 20, requestMs: 3_000, checkMs: 3_000 };

/** Two instances in front of four BMCs; the console of a fifth breaks after some bytes. */
async function overWebSocket(): Promise<DriverSubject & AsyncDisposable> {
  const bmcs = await Promise.all([1, 2, 3, 4].map(() => startTestBmc()));
  const dying = await startTestBmc();
  dying.dieAfterBytes = 2_000;
  return subjectOf({
    bmcs,
    dying,
    attempts: () => bmcs.reduce((sum, { logins }) => sum + logins(), 0),
    parts: [],
  });
}

/** The same with consoles over SSH. */
async function overSsh(): Promise<DriverSubject & AsyncDisposable> {
  const servers = await Promise.all(
    [1, 2, 3, 4, 5].map((n) => startTestSsh({ dieAfterBytes: n === 5 ? 2_000 : 0 })),
  );
  const all = await Promise.all(
    servers.map(({ port, fingerprint }) =>
      startTestBmc({
        systems: { 1: { SerialConsole: { SSH: { ServiceEnabled: true, Port: port } } } },
        manager: {},
        options: { redfish_ssh_host_key: fingerprint },
      }),
    ),
  );
  const bmcs = all.slice(0, 4);
  return subjectOf({
    bmcs,
    dying: all[4]!,
    attempts: () => bmcs.reduce((sum, { logins }) => sum + logins(), 0),
    silence: (silent) => {
      for (const ssh of servers) ssh.silent = silent;
    },
    parts: servers,
  });
}

async function subjectOf(machines: {
  readonly bmcs: readonly TestBmc[];
  readonly dying: TestBmc;
  attempts(): number;
  silence?(silent: boolean): void;
  readonly parts: readonly AsyncDisposable[];
}): Promise<DriverSubject & AsyncDisposable> {
  const { bmcs, dying, attempts, parts } = machines;
  const options = { trust: plaintext, logger: silentLogger, timings };
  const [first, second] = [await startRedfishSerialDriver(options), await startRedfishSerialDriver(options)];
  const nodeOf = (bmc: TestBmc, redfish_password: string = testUser.password) => ({
    driverInfo: bmc.info(),
    driverSecrets: { redfish_password },
  });
  const nodes = bmcs.map((bmc) => nodeOf(bmc));
  const silence = (silent: boolean) => {
    for (const bmc of bmcs) bmc.silent = silent;
    machines.silence?.(silent);
  };
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    node: nodes[0]!,
    more: nodes.slice(1),
    unreachable: {
      ...nodes[0]!,
      driverInfo: bmcs[0]!.info({ redfish_address: `127.0.0.1:${await freePort()}` }),
    },
    refused: nodeOf(bmcs[0]!, 'wrong'),
    dying: nodeOf(dying),
    attempts,
    fastLine: true,
    breakMachine: async () => silence(true),
    mendMachine: async () => silence(false),
    async [Symbol.asyncDispose]() {
      for (const part of [first, second, ...bmcs, dying, ...parts]) await part[Symbol.asyncDispose]();
    },
  };
}

const left = {
  'the driver offers no TCP for serial consoles': ['DRV-KEY-8'],
  'the affinity is INSTANCE': ['DRV-STATE-3'],
  'the driver changes nothing': ['DRV-STOP-3'],
  'no CAPABILITY_POWER': ['DRV-POWER-1', 'DRV-POWER-2', 'DRV-POWER-3', 'DRV-POWER-4'],
  'no CAPABILITY_BOOT_DEVICE': ['DRV-BOOT-1'],
  'no CAPABILITY_SERIAL_BREAK': ['DRV-BREAK-1'],
  'no CAPABILITY_SCREENSHOT': ['DRV-SCREEN-1'],
  'no CAPABILITY_CONSOLE_LOG': ['DRV-LOG-1', 'DRV-LOG-2'],
  'the subject does not name what a break looks like': ['ATTACH-23'],
  'the driver offers no RELAY for graphical consoles': ['DRV-KIND-3'],
  'no graphical console with RELAY': [
    'ATTACH-2 a graphical stream is a complete RFB 3.8 connection',
    'ATTACH-2 the handshake stands any cutting',
  ],
};

describeDriver('redfish-serial over a WebSocket', overWebSocket, left);
describeDriver('redfish-serial over SSH', overSsh, left);
