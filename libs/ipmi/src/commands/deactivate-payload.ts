import { fields } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';
import type { PayloadInstance } from './payload.ts';

export const DEACTIVATE = { alreadyInactive: 0x80, disabled: 0x81 } as const;

/**
 * IPMI 2.0 section 24.2. Any session of enough privilege may deactivate the payload of another.
 * ```
 * request: type | instance | 00000000
 * ```
 */
export const deactivatePayload: Command<PayloadInstance, Empty> = {
  name: 'Deactivate Payload',
  netFn: NET_FN.app,
  command: 0x49,
  codes: { [DEACTIVATE.alreadyInactive]: 'is not active', [DEACTIVATE.disabled]: 'disabled' },
  encodeRequest: (r) => Buffer.from([r.payloadType & 0x3f, r.instance & 0x0f, 0, 0, 0, 0]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const payloadType = f.u8() & 0x3f;
    const instance = f.u8() & 0x0f;
    f.skip(4);
    f.end();
    return { payloadType, instance };
  },
  ...emptyResponse,
};
