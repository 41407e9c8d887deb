import type { BootDevice, PowerAction, PowerState } from '@consolemesh/driver-sdk';
import {
  type ChassisAction,
  chassisControl,
  getBootDevice,
  getChassisStatus,
  type BootDevice as IpmiBootDevice,
  IpmiError,
  type Session,
  setBootDevice,
} from '@consolemesh/ipmi';

const actions: Readonly<Record<PowerAction, ChassisAction>> = {
  on: 'on',
  off: 'off',
  'soft-off': 'shutdown',
  cycle: 'cycle',
  reset: 'reset',
  nmi: 'interrupt',
};

const devices: Readonly<Record<BootDevice, IpmiBootDevice>> = {
  pxe: 'network',
  disk: 'disk',
  cdrom: 'optical',
  setup: 'setup',
  none: 'none',
};

/** Whether the machine is on. */
export async function readPower(session: Session, signal: AbortSignal): Promise<PowerState> {
  const { powerOn } = await session.run(getChassisStatus, {}, { signal });
  return powerOn ? 'on' : 'off';
}

/** Does it, and answers what the BMC says right afterwards: a machine takes its time. */
export async function setPower(
  session: Session,
  action: PowerAction,
  signal: AbortSignal,
): Promise<PowerState> {
  await session.run(chassisControl, { action: actions[action] }, { signal });
  return readPower(session, signal);
}

/** Says from what the machine boots once, in the way (legacy or UEFI) in which it was set to boot. */
export async function bootOnce(session: Session, device: BootDevice, signal: AbortSignal): Promise<void> {
  const before = await getBootDevice(session, { signal }).catch((error: unknown) => {
    if (error instanceof IpmiError && ['COMMAND_FAILED', 'MALFORMED'].includes(error.code)) return undefined;
    throw error;
  });
  await setBootDevice(session, devices[device], { uefi: before?.uefi ?? false, signal });
}
