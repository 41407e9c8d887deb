import { fields } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';

/** Privilege levels (IPMI 2.0 section 6.8). */
export const PRIVILEGE = { callback: 1, user: 2, operator: 3, administrator: 4, oem: 5 } as const;
export type PrivilegeName = keyof typeof PRIVILEGE;

export interface SessionPrivilege {
  /** 1..5; 0 in a request asks without changing. */
  privilege: number;
}

/**
 * IPMI 2.0 section 22.18
 * ```
 * request and response: bits 3:0 privilege
 * ```
 */
export const setSessionPrivilege: Command<SessionPrivilege, SessionPrivilege> = {
  name: 'Set Session Privilege Level',
  netFn: NET_FN.app,
  command: 0x3b,
  codes: {
    128: 'the user may not have this privilege',
    129: 'the channel or the user is limited to less',
    130: 'authentication cannot be switched off',
  },
  encodeRequest: (r) => Buffer.from([r.privilege & 0x0f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const privilege = f.u8() & 0x0f;
    f.end();
    return { privilege };
  },
  encodeResponse: (r) => Buffer.from([r.privilege & 0x0f]),
  parseResponse(data) {
    return { privilege: fields(this.name, data).u8() & 0x0f };
  },
};
