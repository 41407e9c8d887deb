import { fields, malformed, padded, u32 } from './fields.ts';

/** Most bytes of a user name. */
export const USER_BYTES = 16;

export interface Rakp1 {
  tag: number;
  bmcSessionId: number;
  /** Rm, 16 bytes. */
  consoleRandom: Buffer;
  /** Privilege in bits 3:0; bit 4 = look the user up by name alone. The same byte goes into the HMACs. */
  role: number;
  /** At most 16 bytes. */
  user: Buffer;
  /** The message ends with the full 16 bytes of the name field whatever the length says (quirk). */
  paddedUser?: boolean;
}

/**
 * IPMI 2.0 section 13.20
 * ```
 * tag | 00 00 00 | U32 BMC session id | 16 console random | role | 00 00 | U8 user length | user
 * ```
 */
export function encodeRakp1(m: Rakp1): Buffer {
  return Buffer.concat([
    Buffer.from([m.tag, 0, 0, 0]),
    u32(m.bmcSessionId),
    m.consoleRandom,
    Buffer.from([m.role, 0, 0, m.user.length]),
    m.paddedUser ? padded(m.user, USER_BYTES) : m.user,
  ]);
}

/** @throws IpmiError MALFORMED */
export function parseRakp1(payload: Uint8Array): Rakp1 {
  const f = fields('RAKP 1', payload);
  const tag = f.u8();
  f.skip(3);
  const bmcSessionId = f.u32();
  const consoleRandom = f.bytes(16);
  const role = f.u8() & 0x1f;
  f.skip(2);
  const length = f.u8();
  if (length > USER_BYTES) throw malformed(`RAKP 1: user name of ${length} bytes`);
  const user = f.bytes(length);
  const paddedUser = f.left > 0;
  if (paddedUser) {
    if (f.left !== USER_BYTES - length) throw malformed(`RAKP 1: ${f.left} bytes after the user name`);
    f.rest();
  }
  return { tag, bmcSessionId, consoleRandom, role, user, ...(paddedUser && { paddedUser }) };
}
