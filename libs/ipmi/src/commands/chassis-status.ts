import { fields } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyRequest } from './command.ts';

export interface ChassisStatus {
  powerOn: boolean;
  overload: boolean;
  interlock: boolean;
  powerFault: boolean;
  controlFault: boolean;
  /** What happens after mains comes back. */
  restorePolicy: 'off' | 'previous' | 'on' | 'unknown';
  /** Bits of the last power event and of the miscellaneous state, as sent. */
  lastEvent: number;
  miscellaneous: number;
}

const POLICIES = ['off', 'previous', 'on', 'unknown'] as const;

/**
 * IPMI 2.0 section 28.2
 * ```
 * response: bits 6:5 policy 4 control fault 3 power fault 2 interlock 1 overload 0 on | last event | miscellaneous | [front panel]
 * ```
 */
export const getChassisStatus: Command<Empty, ChassisStatus> = {
  name: 'Get Chassis Status',
  netFn: NET_FN.chassis,
  command: 0x01,
  ...emptyRequest,
  encodeResponse: (r) =>
    Buffer.from([
      (POLICIES.indexOf(r.restorePolicy) << 5) |
        (r.controlFault ? 0x10 : 0) |
        (r.powerFault ? 0x08 : 0) |
        (r.interlock ? 0x04 : 0) |
        (r.overload ? 0x02 : 0) |
        (r.powerOn ? 0x01 : 0),
      r.lastEvent,
      r.miscellaneous,
    ]),
  parseResponse(data) {
    const f = fields(this.name, data);
    const state = f.u8();
    const bit = (n: number) => (state & (1 << n)) !== 0;
    return {
      powerOn: bit(0),
      overload: bit(1),
      interlock: bit(2),
      powerFault: bit(3),
      controlFault: bit(4),
      restorePolicy: POLICIES[(state >> 5) & 3]!,
      lastEvent: f.u8(),
      miscellaneous: f.u8(),
    };
  },
};
