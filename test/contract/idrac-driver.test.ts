import { X509Certificate } from 'node:crypto';
import { startDracDriver } from '@consolemesh/bmc-driver-idrac-wsman';
import { startSimulatedIdrac } from '@consolemesh/bmc-simulator';
import { type DriverSubject, describeDriver } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import { briefTimings } from '../harness/idrac.ts';

/** Two instances in front of one simulated iDRAC; the VNC server of a second one breaks its connections after some bytes. */
async function subject(): Promise<DriverSubject & AsyncDisposable> {
  const [idrac, dying] = await Promise.all([
    startSimulatedIdrac({ name: 'conformance', attributes: { 'VNCServer.1#MaxSessions': '2' } }),
    startSimulatedIdrac({ name: 'dying', vncMisbehave: { dieAfterBytes: 2_000 } }),
  ]);
  const options = { trust: plaintext, logger: silentLogger, timings: briefTimings };
  const [first, second] = [await startDracDriver(options), await startDracDriver(options)];
  const nodeOf = ({ https, certificate }: typeof idrac, drac_password = 'calvin') => ({
    driverInfo: {
      drac_address: https.host,
      drac_port: `${https.port}`,
      drac_username: 'root',
      drac_pin: new X509Certificate(certificate).fingerprint256,
    },
    driverSecrets: { drac_password },
  });
  const node = nodeOf(idrac);
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    node,
    unreachable: { ...node, driverInfo: { ...node.driverInfo, drac_port: '9' } },
    refused: nodeOf(idrac, 'wrong'),
    dying: nodeOf(dying),
    attempts: () => idrac.logins.length,
    async breakMachine() {
      idrac.misbehave.hang = true;
      await idrac.attributes.set('VNCServer.1#Enable', 'Disabled');
    },
    async mendMachine() {
      idrac.misbehave.hang = undefined;
      await idrac.attributes.set('VNCServer.1#Enable', 'Enabled');
    },
    async [Symbol.asyncDispose]() {
      for (const part of [first, second, idrac, dying]) await part[Symbol.asyncDispose]();
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
  'no serial console with RELAY': ['ATTACH-3', 'ATTACH-10 what a viewer types on a serial line'],
});
