import { fields, u32 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';

export interface CloseSession {
  sessionId: number;
}

/**
 * IPMI 2.0 section 22.19
 * ```
 * request: U32 BMC session id
 * ```
 * The form with id 0 and a session handle is refused: nobody who is in a session needs it.
 */
export const closeSession: Command<CloseSession, Empty> = {
  name: 'Close Session',
  netFn: NET_FN.app,
  command: 0x3c,
  codes: { 135: 'no such session', 136: 'no such session handle' },
  encodeRequest: (r) => u32(r.sessionId),
  parseRequest(data) {
    const f = fields(this.name, data);
    const sessionId = f.u32();
    f.end();
    return { sessionId };
  },
  ...emptyResponse,
};
