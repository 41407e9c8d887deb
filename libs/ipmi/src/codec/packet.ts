import { fields, malformed } from './fields.ts';

/** Payload types of RMCP+ (IPMI 2.0 table 13-16). */
export const PAYLOAD = {
  ipmi: 0x00,
  sol: 0x01,
  oemExplicit: 0x02,
  openSessionRequest: 0x10,
  openSessionResponse: 0x11,
  rakp1: 0x12,
  rakp2: 0x13,
  rakp3: 0x14,
  rakp4: 0x15,
} as const;

/** Authentication type in the first byte that makes it an RMCP+ packet. */
export const RMCP_PLUS = 0x06;
/** Bytes before the payload, without the OEM part. */
export const HEADER_BYTES = 12;

/** Header of an RMCP+ packet and its payload as sent: perhaps encrypted, without trailer. */
export interface Packet {
  payloadType: number;
  encrypted: boolean;
  authenticated: boolean;
  /** 0 outside a session. The receiver's own id: the console's in packets of the BMC, the BMC's in those of the console. */
  sessionId: number;
  /** 0 outside a session. */
  sequence: number;
  /** Only with payload type 2. */
  oem?: { iana: number; payloadId: number };
  payload: Buffer;
}

/**
 * ```
 * 06 | type: bit 7 encrypted, bit 6 authenticated, bits 5:0 payload type
 * [type 2 only: U32 OEM IANA | U16 OEM payload id]
 * U32 session id | U32 sequence | U16 payload length | payload
 * ```
 */
export function encodePacket(packet: Packet): Buffer {
  const oem = packet.payloadType === PAYLOAD.oemExplicit ? 6 : 0;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + oem + packet.payload.length);
  bytes[0] = RMCP_PLUS;
  bytes[1] = (packet.encrypted ? 0x80 : 0) | (packet.authenticated ? 0x40 : 0) | (packet.payloadType & 0x3f);
  if (oem > 0) {
    bytes.writeUInt32LE((packet.oem?.iana ?? 0) >>> 0, 2);
    bytes.writeUInt16LE(packet.oem?.payloadId ?? 0, 6);
  }
  bytes.writeUInt32LE(packet.sessionId >>> 0, 2 + oem);
  bytes.writeUInt32LE(packet.sequence >>> 0, 6 + oem);
  bytes.writeUInt16LE(packet.payload.length, 10 + oem);
  bytes.set(packet.payload, HEADER_BYTES + oem);
  return bytes;
}

/**
 * @returns the packet, and the bytes after the payload: the session trailer of authenticated packets
 * @throws IpmiError MALFORMED
 */
export function parsePacket(body: Uint8Array): { packet: Packet; trailer: Buffer } {
  const f = fields('RMCP+ header', body);
  const authType = f.u8();
  if (authType !== RMCP_PLUS) throw malformed(`authentication type ${authType} is not RMCP+`);
  const type = f.u8();
  const payloadType = type & 0x3f;
  const oem = payloadType === PAYLOAD.oemExplicit ? { iana: f.u32(), payloadId: f.u16() } : undefined;
  const sessionId = f.u32();
  const sequence = f.u32();
  const payload = f.bytes(f.u16());
  return {
    packet: {
      payloadType,
      encrypted: (type & 0x80) !== 0,
      authenticated: (type & 0x40) !== 0,
      sessionId,
      sequence,
      ...(oem && { oem }),
      payload,
    },
    trailer: f.rest(),
  };
}
