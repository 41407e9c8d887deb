import { fields, u32 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';

export interface AuthCapabilitiesRequest {
  /** Ask for the IPMI 2.0 part of the answer (bit 7). Some old BMCs refuse a request that does. */
  v2: boolean;
  /** 0Eh = the channel this came over. */
  channel: number;
  privilege: number;
}

export interface AuthCapabilities {
  channel: number;
  /** The answer has its IPMI 2.0 part. */
  v2: boolean;
  /** Bits 5:0: authentication types of IPMI 1.5. */
  types: number;
  /** The BMC has a K_g other than zero. */
  kgSet: boolean;
  perMessageDisabled: boolean;
  userLevelDisabled: boolean;
  namedUsers: boolean;
  emptyNames: boolean;
  anonymous: boolean;
  ipmi2: boolean;
  ipmi15: boolean;
  oem: number;
  oemData: number;
}

/**
 * IPMI 2.0 section 22.13
 * ```
 * request: bit 7 v2, bits 3:0 channel | privilege
 * response: channel | bit 7 v2, bits 5:0 types | bits 5 K_g 4 per-message 3 user-level 2 names 1 empty 0 anonymous
 *           | bit 1 IPMI 2.0, bit 0 1.5 | U24 OEM | OEM data
 * ```
 */
export const getAuthCapabilities: Command<AuthCapabilitiesRequest, AuthCapabilities> = {
  name: 'Get Channel Authentication Capabilities',
  netFn: NET_FN.app,
  command: 0x38,
  encodeRequest: (r) => Buffer.from([(r.v2 ? 0x80 : 0) | (r.channel & 0x0f), r.privilege & 0x0f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const first = f.u8();
    const privilege = f.u8() & 0x0f;
    f.end();
    return { v2: (first & 0x80) !== 0, channel: first & 0x0f, privilege };
  },
  encodeResponse(r) {
    const status =
      (r.kgSet ? 0x20 : 0) |
      (r.perMessageDisabled ? 0x10 : 0) |
      (r.userLevelDisabled ? 0x08 : 0) |
      (r.namedUsers ? 0x04 : 0) |
      (r.emptyNames ? 0x02 : 0) |
      (r.anonymous ? 0x01 : 0);
    return Buffer.concat([
      Buffer.from([
        r.channel,
        (r.v2 ? 0x80 : 0) | (r.types & 0x3f),
        status,
        (r.ipmi2 ? 2 : 0) | (r.ipmi15 ? 1 : 0),
      ]),
      u32(r.oem).subarray(0, 3),
      Buffer.from([r.oemData]),
    ]);
  },
  parseResponse(data) {
    const f = fields(this.name, data);
    const channel = f.u8() & 0x0f;
    const types = f.u8();
    const status = f.u8();
    const versions = f.u8();
    const bit = (n: number) => (status & (1 << n)) !== 0;
    return {
      channel,
      v2: (types & 0x80) !== 0,
      types: types & 0x3f,
      kgSet: bit(5),
      perMessageDisabled: bit(4),
      userLevelDisabled: bit(3),
      namedUsers: bit(2),
      emptyNames: bit(1),
      anonymous: bit(0),
      ipmi2: (versions & 2) !== 0,
      ipmi15: (versions & 1) !== 0,
      oem: f.u24(),
      oemData: f.u8(),
    };
  },
};
