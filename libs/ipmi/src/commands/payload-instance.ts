import { fields, padded, u32 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';
import type { PayloadInstance } from './payload.ts';

export interface PayloadInstanceInfo {
  /** Session id of the owner as the BMC numbers it; 0 = not active. */
  owner: number;
  /** 8 bytes of the payload's own meaning; for SOL the first is the port number. */
  information: Buffer;
}

/**
 * IPMI 2.0 section 24.5
 * ```
 * request: type | instance
 * response: U32 session id | 8 payload-specific
 * ```
 */
export const getPayloadInstance: Command<PayloadInstance, PayloadInstanceInfo> = {
  name: 'Get Payload Instance Info',
  netFn: NET_FN.app,
  command: 0x4b,
  encodeRequest: (r) => Buffer.from([r.payloadType & 0x3f, r.instance & 0x0f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const request = { payloadType: f.u8() & 0x3f, instance: f.u8() & 0x0f };
    f.end();
    return request;
  },
  encodeResponse: (r) => Buffer.concat([u32(r.owner), padded(r.information, 8)]),
  parseResponse(data) {
    const f = fields(this.name, data);
    // The owner is what is asked for; BMCs that send less than the 8 bytes are not worth a failure.
    return { owner: f.u32(), information: padded(f.rest(), 8) };
  },
};
