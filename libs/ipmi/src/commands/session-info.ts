import { fields, u32 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Command } from './command.ts';

export interface SessionInfoRequest {
  /** The session as the BMC numbers it. */
  sessionId: number;
}

export interface SessionInfo {
  /** 0 = there is no such session. */
  handle: number;
  maxSessions: number;
  activeSessions: number;
  /** Present for an active session. */
  session?: {
    user: number;
    privilege: number;
    channel: number;
    /** Dotted IPv4 address and port of its console, where it came over a LAN. */
    address?: string;
    port?: number;
  };
}

/**
 * IPMI 2.0 section 22.20
 * ```
 * request: FF by session id | U32 session id
 * response: handle | bits 5:0 possible | bits 5:0 active
 *           | [bits 5:0 user | bits 3:0 privilege | bits 3:0 channel | [4 address | 6 MAC | U16 port]]
 * ```
 */
export const getSessionInfo: Command<SessionInfoRequest, SessionInfo> = {
  name: 'Get Session Info',
  netFn: NET_FN.app,
  command: 0x3d,
  encodeRequest: (r) => Buffer.concat([Buffer.from([0xff]), u32(r.sessionId)]),
  parseRequest(data) {
    const f = fields(this.name, data);
    // Other first bytes ask by index or handle; a BMC helper answers those with "no such session".
    const by = f.u8();
    const sessionId = by === 0xff ? f.u32() : 0;
    f.rest();
    return { sessionId };
  },
  encodeResponse({ handle, maxSessions, activeSessions, session }) {
    const head = [handle, maxSessions & 0x3f, activeSessions & 0x3f];
    if (session === undefined) return Buffer.from(head);
    const bytes = [...head, session.user & 0x3f, session.privilege & 0x0f, session.channel & 0x0f];
    if (session.address === undefined) return Buffer.from(bytes);
    const address = session.address.split('.').map((part) => Number(part) & 0xff);
    const port = session.port ?? 0;
    return Buffer.from([...bytes, ...address, 0, 0, 0, 0, 0, 0, port & 0xff, port >> 8]);
  },
  parseResponse(data) {
    const f = fields(this.name, data);
    const head = { handle: f.u8(), maxSessions: f.u8() & 0x3f, activeSessions: f.u8() & 0x3f };
    if (f.left < 3) return head;
    const session = { user: f.u8() & 0x3f, privilege: f.u8() & 0x0f, channel: f.u8() & 0x0f };
    if (f.left < 12) return { ...head, session };
    const address = [...f.bytes(4)].join('.');
    f.skip(6);
    return { ...head, session: { ...session, address, port: f.u16() } };
  },
};
