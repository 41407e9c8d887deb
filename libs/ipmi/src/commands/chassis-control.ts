import { fields, malformed } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';

/** What can be done to a chassis (IPMI 2.0 section 28.3); `interrupt` is the diagnostic interrupt (NMI), `shutdown` a soft one by ACPI. */
export const CHASSIS = { off: 0, on: 1, cycle: 2, reset: 3, interrupt: 4, shutdown: 5 } as const;
export type ChassisAction = keyof typeof CHASSIS;

/**
 * ```
 * request: bits 3:0 action
 * ```
 */
export const chassisControl: Command<{ action: ChassisAction }, Empty> = {
  name: 'Chassis Control',
  netFn: NET_FN.chassis,
  command: 0x02,
  encodeRequest: (r) => Buffer.from([CHASSIS[r.action]]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const code = f.u8() & 0x0f;
    f.end();
    const action = (Object.keys(CHASSIS) as ChassisAction[]).find((name) => CHASSIS[name] === code);
    if (action === undefined) throw malformed(`${this.name}: no action has the number ${code}`);
    return { action };
  },
  ...emptyResponse,
};
