import { fields, malformed } from './fields.ts';

const HEAD_BYTES = 10;

/**
 * The IPMI 1.5 session header, used only before a session: authentication type none, sequence and session id 0
 * (IPMI 2.0 section 13.6).
 * ```
 * 00 authentication type | 00000000 sequence | 00000000 session id | U8 length | message
 * ```
 */
export function encodeWrapper15(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + message.length);
  bytes[9] = message.length;
  bytes.set(message, HEAD_BYTES);
  return bytes;
}

/**
 * @returns the IPMI message
 * @throws IpmiError MALFORMED; also for messages inside a 1.5 session, which we never open
 */
export function parseWrapper15(body: Uint8Array): Buffer {
  const f = fields('IPMI 1.5 header', body);
  const type = f.u8();
  f.skip(4);
  const sessionId = f.u32();
  if (type !== 0 || sessionId !== 0) {
    throw malformed(`IPMI 1.5 message of session ${sessionId} with authentication type ${type}`);
  }
  // Some BMCs append the spec's legacy pad byte for certain lengths: what follows the announced length is ignored.
  return f.bytes(f.u8());
}
