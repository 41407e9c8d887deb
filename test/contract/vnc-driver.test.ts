import { createServer } from 'node:net';
import { startVncDriver } from '@consolemesh/bmc-driver-vnc';
import { type DriverSubject, describeDriver, sharedLineTitles } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { startVncServer } from '../../services/bmc-driver/vnc/src/testing/start-vnc-server.ts';

const password = 'hunter22';

/** Two instances in front of one VNC server with a password; a second server breaks its connections after some bytes. */
async function subject(): Promise<DriverSubject & AsyncDisposable> {
  const accept = { security: ['VNC'] as const, expected: { password } };
  const [server, dying] = [
    await startVncServer({ accept }),
    await startVncServer({ accept, dieAfterBytes: 2_000 }),
  ];
  const options = { trust: plaintext, logger: silentLogger };
  const [first, second] = [await startVncDriver(options), await startVncDriver(options)];
  const nodeOf = (port: number, vnc_password = password) => ({
    driverInfo: { vnc_address: '127.0.0.1', vnc_port: String(port), vnc_security: 'vnc' },
    driverSecrets: { vnc_password },
  });
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    node: nodeOf(server.port),
    unreachable: nodeOf(await unusedPort()),
    refused: nodeOf(server.port, 'wrong'),
    dying: nodeOf(dying.port),
    attempts: () => server.connections(),
    async breakMachine() {
      server.closed = true;
    },
    async mendMachine() {
      server.closed = false;
    },
    async [Symbol.asyncDispose]() {
      for (const part of [first, second, server, dying]) await part[Symbol.asyncDispose]();
    },
  };
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describeDriver('vnc', subject, {
  'the affinity is NONE': ['DRV-AFFINITY-1'],
  'the driver changes nothing': ['DRV-STOP-3'],
  'no CAPABILITY_POWER': ['DRV-POWER-1', 'DRV-POWER-2', 'DRV-POWER-3', 'DRV-POWER-4'],
  'no CAPABILITY_BOOT_DEVICE': ['DRV-BOOT-1'],
  'no CAPABILITY_SERIAL_BREAK': ['DRV-BREAK-1'],
  'no CAPABILITY_SCREENSHOT': ['DRV-SCREEN-1'],
  'no CAPABILITY_CONSOLE_LOG': ['DRV-LOG-1', 'DRV-LOG-2'],
  'no serial console with RELAY': [
    'ATTACH-3',
    'ATTACH-10 what a viewer types on a serial line',
    ...sharedLineTitles,
  ],
});
