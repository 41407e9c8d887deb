import { fields, u16 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';
import type { PayloadInstance } from './payload.ts';

/** What happens to serial alerts while SOL has the port. */
export const ALERTS = { fail: 0, deferred: 1, succeed: 2 } as const;
export type SerialAlerts = keyof typeof ALERTS;

export interface ActivatePayloadRequest extends PayloadInstance {
  encrypt: boolean;
  authenticate: boolean;
  testMode: boolean;
  alerts: SerialAlerts | 'reserved';
  /** Keep CTS, DCD and DSR deasserted at the beginning. */
  startDeasserted: boolean;
}

export interface ActivatePayloadResponse {
  /** Largest payload from the console to the BMC, with the 4-byte SOL header. BMCs lie; see `solSizes`. */
  inboundBytes: number;
  /** Largest payload from the BMC to the console. */
  outboundBytes: number;
  /** UDP port for this payload. */
  port: number;
  vlan: number;
}

/** Completion codes that callers act on. */
export const ACTIVATE = {
  alreadyActive: 0x80,
  disabled: 0x81,
  limit: 0x82,
  noEncryption: 0x83,
  needsEncryption: 0x84,
} as const;

/**
 * IPMI 2.0 section 24.1
 * ```
 * request: type | instance | bits 7 encrypt 6 authenticate 5 test 3:2 alerts 1 deasserted | 00 00 00
 * response: 4 auxiliary | U16 inbound | U16 outbound | U16 port | U16 VLAN
 * ```
 */
export const activatePayload: Command<ActivatePayloadRequest, ActivatePayloadResponse> = {
  name: 'Activate Payload',
  netFn: NET_FN.app,
  command: 0x48,
  codes: {
    [ACTIVATE.alreadyActive]: 'active on another session',
    [ACTIVATE.disabled]: 'disabled',
    [ACTIVATE.limit]: 'too many are active',
    [ACTIVATE.noEncryption]: 'not possible with encryption',
    [ACTIVATE.needsEncryption]: 'not possible without encryption',
  },
  encodeRequest: (r) =>
    Buffer.from([
      r.payloadType & 0x3f,
      r.instance & 0x0f,
      (r.encrypt ? 0x80 : 0) |
        (r.authenticate ? 0x40 : 0) |
        (r.testMode ? 0x20 : 0) |
        ((r.alerts === 'reserved' ? 3 : ALERTS[r.alerts]) << 2) |
        (r.startDeasserted ? 0x02 : 0),
      0,
      0,
      0,
    ]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const payloadType = f.u8() & 0x3f;
    const instance = f.u8() & 0x0f;
    const aux = f.u8();
    f.skip(3);
    f.end();
    return {
      payloadType,
      instance,
      encrypt: (aux & 0x80) !== 0,
      authenticate: (aux & 0x40) !== 0,
      testMode: (aux & 0x20) !== 0,
      alerts: (['fail', 'deferred', 'succeed', 'reserved'] as const)[(aux >> 2) & 3]!,
      startDeasserted: (aux & 0x02) !== 0,
    };
  },
  encodeResponse: (r) =>
    Buffer.concat([Buffer.alloc(4), u16(r.inboundBytes), u16(r.outboundBytes), u16(r.port), u16(r.vlan)]),
  parseResponse(data) {
    const f = fields(this.name, data);
    f.skip(4);
    const head = { inboundBytes: f.u16(), outboundBytes: f.u16(), port: f.u16() };
    // Some BMCs leave the VLAN away.
    return { ...head, vlan: f.left >= 2 ? f.u16() : 0xffff };
  },
};
