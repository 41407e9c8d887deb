import { fields, u16, u32 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyRequest } from './command.ts';

export interface DeviceId {
  deviceId: number;
  deviceRevision: number;
  providesSdrs: boolean;
  /** Major 0..127 and minor 0..99 of the firmware. */
  firmware: { major: number; minor: number };
  /** The device is busy updating itself. */
  updating: boolean;
  ipmiVersion: { major: number; minor: number };
  supports: number;
  /** IANA enterprise number, 20 bits. */
  manufacturer: number;
  product: number;
  /** Four bytes of a vendor's meaning, where sent. */
  auxiliary?: Buffer;
}

const bcd = (n: number) => ((Math.floor(n / 10) & 0x0f) << 4) | (n % 10);
const fromBcd = (byte: number) => (byte >> 4) * 10 + (byte & 0x0f);

/**
 * IPMI 2.0 section 20.1
 * ```
 * response: id | bit 7 SDRs, bits 3:0 revision | bit 7 updating, bits 6:0 major | minor BCD
 *           | IPMI version: bits 7:4 minor, bits 3:0 major | support bits | U24 manufacturer | U16 product | [4 auxiliary]
 * ```
 */
export const getDeviceId: Command<Empty, DeviceId> = {
  name: 'Get Device ID',
  netFn: NET_FN.app,
  command: 0x01,
  ...emptyRequest,
  encodeResponse: (r) =>
    Buffer.concat([
      Buffer.from([
        r.deviceId,
        (r.providesSdrs ? 0x80 : 0) | (r.deviceRevision & 0x0f),
        (r.updating ? 0x80 : 0) | (r.firmware.major & 0x7f),
        bcd(r.firmware.minor),
        ((r.ipmiVersion.minor & 0x0f) << 4) | (r.ipmiVersion.major & 0x0f),
        r.supports,
      ]),
      u32(r.manufacturer).subarray(0, 3),
      u16(r.product),
      r.auxiliary ?? Buffer.alloc(0),
    ]),
  parseResponse(data) {
    const f = fields(this.name, data);
    const deviceId = f.u8();
    const revision = f.u8();
    const major = f.u8();
    const minor = f.u8();
    const version = f.u8();
    const head = {
      deviceId,
      deviceRevision: revision & 0x0f,
      providesSdrs: (revision & 0x80) !== 0,
      firmware: { major: major & 0x7f, minor: fromBcd(minor) },
      updating: (major & 0x80) !== 0,
      ipmiVersion: { major: version & 0x0f, minor: version >> 4 },
      supports: f.u8(),
      manufacturer: f.u24() & 0xf_ffff,
      product: f.u16(),
    };
    return f.left >= 4 ? { ...head, auxiliary: f.bytes(4) } : head;
  },
};
