import { fields, u16 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';

export interface PayloadActivation {
  /** Most instances that can be active at once. */
  capacity: number;
  /** Bit 0 = instance 1 is active, … */
  active: number;
}

/**
 * IPMI 2.0 section 24.4
 * ```
 * request: type
 * response: bits 3:0 capacity | U16 instances
 * ```
 */
export const getPayloadActivation: Command<{ payloadType: number }, PayloadActivation> = {
  name: 'Get Payload Activation Status',
  netFn: NET_FN.app,
  command: 0x4a,
  encodeRequest: (r) => Buffer.from([r.payloadType & 0x3f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const payloadType = f.u8() & 0x3f;
    f.end();
    return { payloadType };
  },
  encodeResponse: (r) => Buffer.concat([Buffer.from([r.capacity & 0x0f]), u16(r.active)]),
  parseResponse(data) {
    const f = fields(this.name, data);
    return { capacity: f.u8() & 0x0f, active: f.u16() };
  },
};
