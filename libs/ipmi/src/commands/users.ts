import { fields, malformed, padded, printable } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import { type Command, type Empty, emptyResponse } from './command.ts';
import type { UserOnChannel } from './user-payload-access.ts';

export interface UserAccess {
  /** How many users the BMC can have, how many are enabled, how many have fixed names. */
  maxUsers: number;
  enabledUsers: number;
  fixedNames: number;
  /** Only when called back. */
  callbackOnly: boolean;
  linkAuthentication: boolean;
  /** May use IPMI over this channel. */
  messaging: boolean;
  /** 1..5; 15 = no access. */
  privilege: number;
}

export interface SetUserAccess extends UserOnChannel {
  /** undefined = leave these three as they are. */
  access?: { callbackOnly: boolean; linkAuthentication: boolean; messaging: boolean };
  privilege: number;
}

export type PasswordOperation = 'disable' | 'enable' | 'set' | 'test';

export interface SetUserPassword {
  user: number;
  operation: PasswordOperation;
  /** 16 or 20 bytes, zero-padded; absent for enable and disable. */
  password?: Buffer;
}

const OPERATIONS = ['disable', 'enable', 'set', 'test'] as const;
const NAME_BYTES = 16;

/**
 * IPMI 2.0 section 22.27
 * ```
 * request: channel | user
 * response: max users | bits 5:0 enabled users | bits 5:0 fixed names | bits 6 callback 5 link 4 messaging 3:0 privilege
 * ```
 */
export const getUserAccess: Command<UserOnChannel, UserAccess> = {
  name: 'Get User Access',
  netFn: NET_FN.app,
  command: 0x44,
  encodeRequest: (r) => Buffer.from([r.channel & 0x0f, r.user & 0x3f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const request = { channel: f.u8() & 0x0f, user: f.u8() & 0x3f };
    f.end();
    return request;
  },
  encodeResponse: (r) =>
    Buffer.from([r.maxUsers & 0x3f, 0x40 | (r.enabledUsers & 0x3f), r.fixedNames & 0x3f, accessByte(r)]),
  parseResponse(data) {
    const f = fields(this.name, data);
    const head = {
      maxUsers: f.u8() & 0x3f,
      enabledUsers: f.u8() & 0x3f,
      fixedNames: f.u8() & 0x3f,
    };
    return { ...head, ...parseAccess(f.u8()) };
  },
};

/**
 * IPMI 2.0 section 22.26
 * ```
 * request: bits 7 change 6 callback 5 link 4 messaging 3:0 channel | user | privilege | [session limit]
 * ```
 */
export const setUserAccess: Command<SetUserAccess, Empty> = {
  name: 'Set User Access',
  netFn: NET_FN.app,
  command: 0x43,
  encodeRequest: (r) =>
    Buffer.from([
      (r.access ? 0x80 | (accessByte({ ...r.access, privilege: 0 }) & 0x70) : 0) | (r.channel & 0x0f),
      r.user & 0x3f,
      r.privilege & 0x0f,
    ]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const bits = f.u8();
    const user = f.u8() & 0x3f;
    const privilege = f.u8() & 0x0f;
    if (f.left > 0) f.u8();
    f.end();
    const { callbackOnly, linkAuthentication, messaging } = parseAccess(bits);
    return {
      channel: bits & 0x0f,
      user,
      privilege,
      ...((bits & 0x80) !== 0 && { access: { callbackOnly, linkAuthentication, messaging } }),
    };
  },
  ...emptyResponse,
};

/**
 * IPMI 2.0 section 22.29
 * ```
 * request: user        response: 16 name, zero-padded
 * ```
 */
export const getUserName: Command<{ user: number }, { name: string }> = {
  name: 'Get User Name',
  netFn: NET_FN.app,
  command: 0x46,
  encodeRequest: (r) => Buffer.from([r.user & 0x3f]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const user = f.u8() & 0x3f;
    f.end();
    return { user };
  },
  encodeResponse: (r) => padded(Buffer.from(r.name, 'latin1'), NAME_BYTES),
  parseResponse(data) {
    return { name: printable(fields(this.name, data).bytes(NAME_BYTES)) };
  },
};

/**
 * IPMI 2.0 section 22.28
 * ```
 * request: user | 16 name, zero-padded
 * ```
 */
export const setUserName: Command<{ user: number; name: string }, Empty> = {
  name: 'Set User Name',
  netFn: NET_FN.app,
  command: 0x45,
  encodeRequest: (r) =>
    Buffer.concat([Buffer.from([r.user & 0x3f]), padded(Buffer.from(r.name, 'latin1'), NAME_BYTES)]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const request = { user: f.u8() & 0x3f, name: printable(f.bytes(NAME_BYTES)) };
    f.end();
    return request;
  },
  ...emptyResponse,
};

/**
 * IPMI 2.0 section 22.30
 * ```
 * request: bit 7 20 bytes, bits 5:0 user | bits 1:0 operation | [16 or 20 password]
 * ```
 */
export const setUserPassword: Command<SetUserPassword, Empty> = {
  name: 'Set User Password',
  netFn: NET_FN.app,
  command: 0x47,
  codes: { 128: 'the password is another', 129: 'the password has another size' },
  encodeRequest: (r) =>
    Buffer.concat([
      Buffer.from([
        (r.password && r.password.length > 16 ? 0x80 : 0) | (r.user & 0x3f),
        OPERATIONS.indexOf(r.operation),
      ]),
      r.password === undefined ? Buffer.alloc(0) : padded(r.password, r.password.length > 16 ? 20 : 16),
    ]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const head = f.u8();
    const operation = OPERATIONS[f.u8() & 3]!;
    const password = f.rest();
    const user = head & 0x3f;
    if (operation === 'enable' || operation === 'disable') return { user, operation };
    const wanted = (head & 0x80) !== 0 ? 20 : 16;
    if (password.length !== wanted) throw malformed(`${this.name}: ${password.length} bytes, not ${wanted}`);
    return { user, operation, password };
  },
  ...emptyResponse,
};

type Access = Pick<UserAccess, 'callbackOnly' | 'linkAuthentication' | 'messaging' | 'privilege'>;

function accessByte(r: Access): number {
  return (
    (r.callbackOnly ? 0x40 : 0) |
    (r.linkAuthentication ? 0x20 : 0) |
    (r.messaging ? 0x10 : 0) |
    (r.privilege & 0x0f)
  );
}

function parseAccess(byte: number): Access {
  return {
    callbackOnly: (byte & 0x40) !== 0,
    linkAuthentication: (byte & 0x20) !== 0,
    messaging: (byte & 0x10) !== 0,
    privilege: byte & 0x0f,
  };
}
