import {
  BOOT_PARAMETER,
  type BootDevice,
  type BootFlags,
  encodeBootFlags,
  getBootOption,
  parseBootFlags,
  setBootOption,
} from '../commands/boot-options.ts';
import type { RunOptions } from '../session/command-queue.ts';
import type { Session } from '../session/session.ts';

export interface BootDeviceWishes extends RunOptions {
  /** Also after the next boot. Default false: once. */
  persistent?: boolean;
  /** Default false: what the machine calls legacy. */
  uefi?: boolean;
}

/** Bit 0 of the acknowledge parameter: "the BIOS has not seen this yet" for all who may ask. */
const NOBODY_HAS_SEEN_IT = Buffer.from([0x01, 0x01]);
/** The override shall not be forgotten when no Chassis Control follows within a minute. */
const KEEP_UNTIL_BOOT = Buffer.from([0x08]);

/**
 * Says from what the machine boots next. As IPMI 2.0 section 28.13 wants it; BMCs that do not know the parameters around the flags are
 * forgiven, since the flags are what counts.
 * @throws IpmiError COMMAND_FAILED and what commands throw
 */
export async function setBootDevice(
  session: Session,
  device: BootDevice,
  { persistent = false, uefi = false, ...options }: BootDeviceWishes = {},
): Promise<void> {
  const set = (parameter: number, data: Buffer) =>
    session.run(setBootOption, { parameter, invalid: false, data }, options);
  const ifKnown = (parameter: number, data: Buffer) =>
    set(parameter, data).catch((error: { code?: string }) => {
      if (error.code !== 'COMMAND_FAILED') throw error;
    });
  await ifKnown(BOOT_PARAMETER.infoAcknowledge, NOBODY_HAS_SEEN_IT);
  await ifKnown(BOOT_PARAMETER.validBitClearing, KEEP_UNTIL_BOOT);
  const valid = device !== 'none';
  await set(BOOT_PARAMETER.flags, encodeBootFlags({ valid, persistent, uefi, device }));
}

/** What was said last; not valid once the machine has booted from it. */
export async function getBootDevice(session: Session, options: RunOptions = {}): Promise<BootFlags> {
  const { data } = await session.run(getBootOption, { parameter: BOOT_PARAMETER.flags }, options);
  return parseBootFlags(data);
}
