import { fields, u16 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';

export interface PayloadSupport {
  /** Bit n = standard payload type n. */
  standard: number;
  /** Bit n = session setup payload type 10h + n. */
  setup: number;
  /** Bit n = OEM payload type 20h + n. */
  oem: number;
}

/**
 * IPMI 2.0 section 24.8
 * ```
 * request: channel
 * response: U16 standard | U16 session setup | U16 OEM | 00 00
 * ```
 */
export const getPayloadSupport: Command<{ channel: number }, PayloadSupport> = {
  name: 'Get Channel Payload Support',
  netFn: NET_FN.app,
  command: 0x4e,
  encodeRequest: (r) => Buffer.from([r.channel & 0x0f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const channel = f.u8() & 0x0f;
    f.end();
    return { channel };
  },
  encodeResponse: (r) => Buffer.concat([u16(r.standard), u16(r.setup), u16(r.oem), u16(0)]),
  parseResponse(data) {
    const f = fields(this.name, data);
    return { standard: f.u16(), setup: f.u16(), oem: f.u16() };
  },
};
