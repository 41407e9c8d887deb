import { fields, u16 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';

export interface UserOnChannel {
  channel: number;
  /** 1..63. */
  user: number;
}

export interface PayloadAccess {
  /** Bit n = standard payload type n; SOL is bit 1. */
  standard: number;
  oem: number;
}

export interface SetPayloadAccess extends UserOnChannel, PayloadAccess {
  /** false takes the access of the set bits away. */
  enable: boolean;
}

/**
 * IPMI 2.0 section 24.7
 * ```
 * request: channel | user
 * response: U16 standard | U16 OEM
 * ```
 */
export const getUserPayloadAccess: Command<UserOnChannel, PayloadAccess> = {
  name: 'Get User Payload Access',
  netFn: NET_FN.app,
  command: 0x4d,
  encodeRequest: (r) => Buffer.from([r.channel & 0x0f, r.user & 0x3f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const request = { channel: f.u8() & 0x0f, user: f.u8() & 0x3f };
    f.end();
    return request;
  },
  encodeResponse: (r) => Buffer.concat([u16(r.standard), u16(r.oem)]),
  parseResponse(data) {
    const f = fields(this.name, data);
    return { standard: f.u16(), oem: f.u16() };
  },
};

/**
 * IPMI 2.0 section 24.6
 * ```
 * request: channel | bits 7:6 00 enable, 01 disable, bits 5:0 user | U16 standard | U16 OEM
 * ```
 */
export const setUserPayloadAccess: Command<SetPayloadAccess, Empty> = {
  name: 'Set User Payload Access',
  netFn: NET_FN.app,
  command: 0x4c,
  encodeRequest: (r) =>
    Buffer.concat([
      Buffer.from([r.channel & 0x0f, (r.enable ? 0 : 0x40) | (r.user & 0x3f)]),
      u16(r.standard),
      u16(r.oem),
    ]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const channel = f.u8() & 0x0f;
    const user = f.u8();
    const request = {
      channel,
      user: user & 0x3f,
      enable: (user & 0xc0) === 0,
      standard: f.u16(),
      oem: f.u16(),
    };
    f.end();
    return request;
  },
  ...emptyResponse,
};
