import { type BootDevice, type BootFlags, COMPLETION } from '@consolemesh/ipmi';
import { type Chassis, Completion } from '@consolemesh/ipmi/bmc';
import type { BootOverride } from '../machine/create-machine.ts';
import type { RunningMachine } from '../run-machine.ts';

type Switched = Pick<RunningMachine, 'power' | 'setPower' | 'interrupt' | 'bootOverride'>;

const noFlags: BootFlags = { valid: false, persistent: false, uefi: false, device: 'none' };

/** The machine as IPMI sees it: power and where the next boot leads. */
export function createChassis(machine: Switched): Chassis {
  let flags = noFlags;
  return {
    powerOn: () => machine.power === 'on',
    control(action) {
      if (action === 'shutdown') return machine.setPower('shutdown');
      if (action === 'on' || action === 'off') return machine.setPower(action);
      // IPMI 2.0 section 28.3: nothing happens to a machine that is off, and it is said.
      if (machine.power === 'off') throw new Completion(COMPLETION.notInThisState);
      if (action === 'interrupt') return machine.interrupt();
      machine.setPower(action);
    },
    bootFlags: () => (machine.bootOverride ? flags : noFlags),
    setBootFlags(next) {
      flags = next;
      const to = next.valid ? targets[next.device] : undefined;
      machine.bootOverride = to && { to, persistent: next.persistent };
    },
  };
}

/** What is no medium of this machine leads to its boot loader. */
const targets: Readonly<Record<BootDevice, BootOverride['to'] | undefined>> = {
  none: undefined,
  network: 'network',
  disk: 'disk',
  safeDisk: 'disk',
  diagnostic: 'bootMenu',
  optical: 'disk',
  setup: 'setup',
  removable: 'disk',
};
