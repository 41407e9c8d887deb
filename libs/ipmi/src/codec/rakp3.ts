import { fields, u32 } from './fields.ts';

export interface Rakp3 {
  tag: number;
  /** Not 0: the console gives up and says why. */
  status: number;
  bmcSessionId: number;
  /** HMAC that proves the password; empty after an error. */
  code: Buffer;
}

/**
 * IPMI 2.0 section 13.22
 * ```
 * tag | status | 00 00 | U32 BMC session id | code: 20 SHA1, 32 SHA256
 * ```
 */
export function encodeRakp3(m: Rakp3): Buffer {
  return Buffer.concat([Buffer.from([m.tag, m.status, 0, 0]), u32(m.bmcSessionId), m.code]);
}

/** @throws IpmiError MALFORMED */
export function parseRakp3(payload: Uint8Array): Rakp3 {
  const f = fields('RAKP 3', payload);
  const tag = f.u8();
  const status = f.u8();
  f.skip(2);
  return { tag, status, bmcSessionId: f.u32(), code: f.rest() };
}
