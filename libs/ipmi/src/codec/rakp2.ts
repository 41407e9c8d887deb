import { fields, u32 } from './fields.ts';

/** After an error status only the first fields are there. */
export interface Rakp2 {
  tag: number;
  status: number;
  consoleSessionId: number;
  proof?: {
    /** Rc, 16 bytes. */
    bmcRandom: Buffer;
    /** 16 bytes. */
    guid: Buffer;
    /** HMAC that proves the password; its length is that of the authentication algorithm. */
    code: Buffer;
  };
}

/**
 * IPMI 2.0 section 13.21
 * ```
 * tag | status | 00 00 | U32 console session id | [status 0: 16 BMC random | 16 GUID | code: 20 SHA1, 32 SHA256]
 * ```
 */
export function encodeRakp2(m: Rakp2): Buffer {
  return Buffer.concat([
    Buffer.from([m.tag, m.status, 0, 0]),
    u32(m.consoleSessionId),
    ...(m.proof ? [m.proof.bmcRandom, m.proof.guid, m.proof.code] : []),
  ]);
}

/** @throws IpmiError MALFORMED */
export function parseRakp2(payload: Uint8Array): Rakp2 {
  const f = fields('RAKP 2', payload);
  const tag = f.u8();
  const status = f.u8();
  // ipmi_sim ends its refusals here.
  if (status !== 0 && f.left < 6) return { tag, status, consoleSessionId: 0 };
  f.skip(2);
  const consoleSessionId = f.u32();
  if (status !== 0) return { tag, status, consoleSessionId };
  const proof = { bmcRandom: f.bytes(16), guid: f.bytes(16), code: f.rest() };
  return { tag, status, consoleSessionId, proof };
}
