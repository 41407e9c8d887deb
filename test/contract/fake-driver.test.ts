import { breakEcho, startFakeDriver } from '@consolemesh/bmc-driver-fake';
import { type DriverSubject, describeDriver } from '@consolemesh/conformance';
import { plaintext, silentLogger } from '@consolemesh/mesh';

/** Two instances that share their machines, as two drivers share the BMCs. */
async function subject(affinity: 'none' | 'instance'): Promise<DriverSubject & AsyncDisposable> {
  const machines = new Map();
  const options = { trust: plaintext, logger: silentLogger, affinity, machines };
  const [first, second] = [await startFakeDriver(options), await startFakeDriver(options)];
  const node = { driverInfo: {}, driverSecrets: { fake_password: 'right' } };
  return {
    targets: [first.target, second.target],
    trust: plaintext,
    node,
    unreachable: {
      ...node,
      driverInfo: { fake_fail_start: 'BMC_UNREACHABLE', fake_fail_validate: 'BMC_UNREACHABLE' },
    },
    refused: { ...node, driverSecrets: { fake_password: 'wrong' } },
    dying: { ...node, driverInfo: { fake_die_after_bytes: '2000' } },
    breakEcho,
    fastLine: true,
    attempts: () => [...machines.values()].reduce((sum, machine) => sum + machine.calls.all, 0),
    async breakMachine(nodeId) {
      machines.get(nodeId).broken = true;
    },
    async mendMachine(nodeId) {
      machines.get(nodeId).broken = false;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
    },
  };
}

const everything = {
  'the driver makes both kinds': ['DRV-VALIDATE-5'],
  'the driver changes the BMC': ['DRV-PREPARE-2'],
  'the driver offers every kind of endpoint': ['DRV-CHOICE-3'],
  'the driver advertises every capability': ['DRV-CAP-2'],
};

describeDriver('fake with AFFINITY_NONE', () => subject('none'), {
  ...everything,
  'the affinity is NONE': ['DRV-AFFINITY-1'],
});
describeDriver('fake with AFFINITY_INSTANCE', () => subject('instance'), {
  ...everything,
  'the affinity is INSTANCE': ['DRV-STATE-3'],
});
