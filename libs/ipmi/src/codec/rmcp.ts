import { fields, malformed } from './fields.ts';

/** Class of an RMCP message (ASF 2.0 section 3.2.2.2). */
export const RMCP_CLASS = { asf: 6, ipmi: 7 } as const;
export type RmcpClass = keyof typeof RMCP_CLASS;

export const RMCP_BYTES = 4;

/** The standard UDP port of RMCP. */
export const RMCP_PORT = 623;

/**
 * ```
 * 06 version | 00 reserved | FF sequence: no RMCP acknowledge wanted | class: 06 ASF, 07 IPMI
 * ```
 */
export function encodeRmcp(kind: RmcpClass, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x06, 0x00, 0xff, RMCP_CLASS[kind]]), body]);
}

/** @throws IpmiError MALFORMED for another version or class, and for RMCP acknowledges (class bit 7), which nobody asked for */
export function parseRmcp(packet: Uint8Array): { kind: RmcpClass; body: Buffer } {
  const f = fields('RMCP header', packet);
  const version = f.u8();
  f.skip(1);
  f.skip(1);
  const kind = f.u8();
  if (version !== 0x06) throw malformed(`RMCP version ${version} is not 6`);
  if (kind === RMCP_CLASS.ipmi) return { kind: 'ipmi', body: f.rest() };
  if (kind === RMCP_CLASS.asf) return { kind: 'asf', body: f.rest() };
  throw malformed(`RMCP class ${kind} is neither ASF nor IPMI`);
}
