import { X509Certificate } from 'node:crypto';
import { startDracDriver } from '@consolemesh/bmc-driver-idrac-wsman';
import { type SimulatedIdrac, startSimulatedIdrac } from '@consolemesh/bmc-simulator';
import {
  type DriverSubject,
  describeDriver,
  type NodeOptions,
  sharedLineTitles,
} from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { briefTimings } from '../harness/idrac.ts';

const enable = 'VNCServer.1#Enable';

/** Two instances in front of four simulated iDRACs; the VNC server of a fifth breaks its connections after some bytes. */
async function subject(): Promise<DriverSubject & AsyncDisposable> {
  const idracs = await Promise.all(
    [1, 2, 3, 4].map((n) =>
      startSimulatedIdrac({ name: `conformance-${n}`, attributes: { 'VNCServer.1#MaxSessions': '2' } }),
    ),
  );
  const dying = await startSimulatedIdrac({ name: 'dying', vncMisbehave: { dieAfterBytes: 2_000 } });
  const options = { trust: plaintext, logger: silentLogger, timings: briefTimings };
  const [first, second] = [await startDracDriver(options), await startDracDriver(options)];
  const nodeOf = ({ https, certificate }: SimulatedIdrac, drac_password = 'calvin') => ({
    driverInfo: {
      drac_address: https.host,
      drac_port: `${https.port}`,
      drac_username: 'root',
      drac_pin: new X509Certificate(certificate).fingerprint256,
    },
    driverSecrets: { drac_password },
  });
  const nodes = idracs.map((idrac): NodeOptions => nodeOf(idrac));
  const broken: SimulatedIdrac['attributes'][] = [];
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    node: nodes[0]!,
    more: nodes.slice(1),
    unreachable: { ...nodes[0]!, driverInfo: { ...nodes[0]!.driverInfo, drac_port: '9' } },
    refused: nodeOf(idracs[0]!, 'wrong'),
    dying: nodeOf(dying),
    attempts: () => idracs.reduce((sum, { logins }) => sum + logins.length, 0),
    async breakMachine() {
      for (const { misbehave, attributes } of idracs) {
        misbehave.hang = true;
        if (attributes.current(enable) === 'Disabled') continue;
        broken.push(attributes);
        await attributes.set(enable, 'Disabled');
      }
    },
    async mendMachine() {
      for (const { misbehave } of idracs) misbehave.hang = undefined;
      for (const attributes of broken.splice(0)) await attributes.set(enable, 'Enabled');
    },
    async [Symbol.asyncDispose]() {
      for (const part of [first, second, ...idracs, dying]) await part[Symbol.asyncDispose]();
    },
  };
}

describeDriver('idrac-wsman', subject, {
  'the affinity is NONE': ['DRV-AFFINITY-1'],
  'the driver changes the BMC': ['DRV-PREPARE-2'],
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
