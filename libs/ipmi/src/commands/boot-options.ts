import { fields, malformed } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';

/** Boot option parameters that matter for one boot (IPMI 2.0 table 28-14). */
export const BOOT_PARAMETER = {
  setInProgress: 0,
  validBitClearing: 3,
  infoAcknowledge: 4,
  flags: 5,
} as const;

/** Boot devices of the boot flags; `none` = no override. */
export const BOOT_DEVICE = {
  none: 0x0,
  network: 0x1,
  disk: 0x2,
  safeDisk: 0x3,
  diagnostic: 0x4,
  optical: 0x5,
  setup: 0x6,
  removable: 0xf,
} as const;
export type BootDevice = keyof typeof BOOT_DEVICE;

export interface SetBootOption {
  /** 0..127. */
  parameter: number;
  /** Marks the parameter as not valid. */
  invalid: boolean;
  data: Buffer;
}

export interface BootOption {
  parameter: number;
  invalid: boolean;
  data: Buffer;
}

/** Parameter 5. */
export interface BootFlags {
  /** false: the BIOS ignores the rest. */
  valid: boolean;
  /** false: only for the next boot. */
  persistent: boolean;
  uefi: boolean;
  device: BootDevice;
}

/**
 * IPMI 2.0 section 28.12
 * ```
 * request: bit 7 invalid, bits 6:0 parameter | data
 * ```
 */
export const setBootOption: Command<SetBootOption, Empty> = {
  name: 'Set System Boot Options',
  netFn: NET_FN.chassis,
  command: 0x08,
  codes: { 128: 'the parameter is not supported', 129: 'somebody else is changing parameters' },
  encodeRequest: (r) => Buffer.concat([Buffer.from([(r.invalid ? 0x80 : 0) | (r.parameter & 0x7f)]), r.data]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const parameter = f.u8();
    return { parameter: parameter & 0x7f, invalid: (parameter & 0x80) !== 0, data: f.rest() };
  },
  ...emptyResponse,
};

/**
 * IPMI 2.0 section 28.13
 * ```
 * request: parameter | set 00 | block 00
 * response: 01 version | bit 7 invalid, bits 6:0 parameter | data
 * ```
 */
export const getBootOption: Command<{ parameter: number }, BootOption> = {
  name: 'Get System Boot Options',
  netFn: NET_FN.chassis,
  command: 0x09,
  codes: { 128: 'the parameter is not supported' },
  encodeRequest: (r) => Buffer.from([r.parameter & 0x7f, 0, 0]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const parameter = f.u8() & 0x7f;
    f.skip(2);
    f.end();
    return { parameter };
  },
  encodeResponse: (r) =>
    Buffer.concat([Buffer.from([1, (r.invalid ? 0x80 : 0) | (r.parameter & 0x7f)]), r.data]),
  parseResponse(data) {
    const f = fields(this.name, data);
    f.skip(1);
    const parameter = f.u8();
    return { parameter: parameter & 0x7f, invalid: (parameter & 0x80) !== 0, data: f.rest() };
  },
};

/**
 * ```
 * bit 7 valid, 6 persistent, 5 UEFI | bits 5:2 device | 00 00 00
 * ```
 */
export function encodeBootFlags(flags: BootFlags): Buffer {
  return Buffer.from([
    (flags.valid ? 0x80 : 0) | (flags.persistent ? 0x40 : 0) | (flags.uefi ? 0x20 : 0),
    BOOT_DEVICE[flags.device] << 2,
    0,
    0,
    0,
  ]);
}

/** @throws IpmiError MALFORMED; also for devices without a name here */
export function parseBootFlags(data: Uint8Array): BootFlags {
  const f = fields('boot flags', data);
  const bits = f.u8();
  const code = (f.u8() >> 2) & 0x0f;
  const device = (Object.keys(BOOT_DEVICE) as BootDevice[]).find((name) => BOOT_DEVICE[name] === code);
  if (device === undefined) throw malformed(`boot flags: device ${code} has no name`);
  return {
    valid: (bits & 0x80) !== 0,
    persistent: (bits & 0x40) !== 0,
    uefi: (bits & 0x20) !== 0,
    device,
  };
}
