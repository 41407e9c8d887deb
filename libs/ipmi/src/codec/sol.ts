import { fields } from './fields.ts';

/** Operation bits, console to BMC (IPMI 2.0 table 15-2). */
export const OPERATION = {
  nack: 0x40,
  ring: 0x20,
  break: 0x10,
  ctsPause: 0x08,
  dropDcd: 0x04,
  flushInbound: 0x02,
  flushOutbound: 0x01,
} as const;

/** Status bits, BMC to console. */
export const SOL_STATUS = {
  nack: 0x40,
  transferUnavailable: 0x20,
  deactivated: 0x10,
  overrun: 0x08,
  breakDetected: 0x04,
} as const;

export const SOL_HEADER_BYTES = 4;
/** The accepted count is one byte, so no packet can carry more. */
export const SOL_MAX_CHARACTERS = 255;

export interface SolPacket {
  /** 1..15; 0 = this packet only acknowledges. */
  sequence: number;
  /** Sequence of the packet that is acknowledged; 0 = none. */
  acknowledged: number;
  /** Characters of that packet that were taken. */
  accepted: number;
  /** Operation bits toward the BMC, status bits from it. */
  flags: number;
  characters: Buffer;
}

/**
 * IPMI 2.0 section 15.9
 * ```
 * bits 3:0 sequence | bits 3:0 acknowledged sequence | U8 accepted characters | operation or status | characters
 * ```
 */
export function encodeSol(m: SolPacket): Buffer {
  const bytes = Buffer.allocUnsafe(SOL_HEADER_BYTES + m.characters.length);
  bytes[0] = m.sequence & 0x0f;
  bytes[1] = m.acknowledged & 0x0f;
  bytes[2] = m.accepted;
  bytes[3] = m.flags;
  bytes.set(m.characters, SOL_HEADER_BYTES);
  return bytes;
}

/** @throws IpmiError MALFORMED */
export function parseSol(payload: Uint8Array): SolPacket {
  const f = fields('SOL packet', payload);
  return {
    sequence: f.u8() & 0x0f,
    acknowledged: f.u8() & 0x0f,
    accepted: f.u8(),
    flags: f.u8(),
    characters: f.rest(),
  };
}
