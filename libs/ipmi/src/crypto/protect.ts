import { malformed } from '../codec/fields.ts';
import { encodePacket, HEADER_BYTES, type Packet, parsePacket } from '../codec/packet.ts';
import type { Quirks } from '../quirks.ts';
import { hmac, type SessionKeys, sameBytes } from './keys.ts';

const NEXT_HEADER = 0x07;

/** The parts of a packet before protection; `payload` is plain. */
export type PlainPacket = Omit<Packet, 'oem'>;

/**
 * Encrypts and authenticates as the packet's two flags say.
 * ```
 * RMCP+ header | payload or IV and ciphertext | [FF … | U8 pad length | 07 | code]
 * ```
 * The code is HMAC(K1) over everything from the header to the 07, truncated; the pad makes that a multiple of four bytes.
 */
export function sealPacket(
  packet: PlainPacket,
  keys: SessionKeys,
  iv: () => Uint8Array,
  integrityPad: Quirks['integrityPad'] = 'whole',
): Buffer {
  const payload = packet.encrypted ? keys.aes.encrypt(packet.payload, iv()) : packet.payload;
  const head = encodePacket({ ...packet, payload });
  if (!packet.authenticated) return head;
  const counted = HEADER_BYTES + payload.length + (integrityPad === 'whole' ? 2 : 0);
  const pad = (4 - (counted % 4)) % 4;
  const trailer = Buffer.alloc(pad + 2, 0xff);
  trailer[pad] = pad;
  trailer[pad + 1] = NEXT_HEADER;
  const hash = keys.suite.integrity;
  const code = hmac(hash, keys.k1, head, trailer).subarray(0, hash.truncated);
  return Buffer.concat([head, trailer, code]);
}

/**
 * Checks and decrypts as the packet's two flags say. Whether those flags are good enough is for the caller to judge.
 * Pads of any length are taken: the code vouches for them, and BMCs compute them differently.
 * @throws IpmiError MALFORMED
 */
export function openPacket(body: Uint8Array, keys: SessionKeys): PlainPacket {
  const { packet, trailer } = parsePacket(body);
  if (packet.authenticated) {
    const hash = keys.suite.integrity;
    if (trailer.length < hash.truncated + 2) throw malformed(`a session trailer of ${trailer.length} bytes`);
    const covered = body.subarray(0, body.length - hash.truncated);
    const code = hmac(hash, keys.k1, covered).subarray(0, hash.truncated);
    if (!sameBytes(code, body.subarray(body.length - hash.truncated))) {
      throw malformed('a packet with a wrong integrity code');
    }
  }
  if (!packet.encrypted) return packet;
  if (!keys.suite.encrypts) throw malformed('an encrypted packet in a session without encryption');
  return { ...packet, payload: keys.aes.decrypt(packet.payload) };
}
