import { fields, u32 } from './fields.ts';

export interface Rakp4 {
  tag: number;
  status: number;
  consoleSessionId: number;
  /** Integrity check value that proves K_g; empty after an error. */
  check: Buffer;
}

/**
 * IPMI 2.0 section 13.23
 * ```
 * tag | status | 00 00 | U32 console session id | check: 12 SHA1, 16 SHA256
 * ```
 */
export function encodeRakp4(m: Rakp4): Buffer {
  return Buffer.concat([Buffer.from([m.tag, m.status, 0, 0]), u32(m.consoleSessionId), m.check]);
}

/** @throws IpmiError MALFORMED */
export function parseRakp4(payload: Uint8Array): Rakp4 {
  const f = fields('RAKP 4', payload);
  const tag = f.u8();
  const status = f.u8();
  // ipmi_sim ends its refusals here.
  if (status !== 0 && f.left < 6) return { tag, status, consoleSessionId: 0, check: f.bytes(0) };
  f.skip(2);
  return { tag, status, consoleSessionId: f.u32(), check: f.rest() };
}
