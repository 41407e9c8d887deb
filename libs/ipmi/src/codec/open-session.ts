import { fields, malformed, u32 } from './fields.ts';

/** The three algorithm numbers of a cipher suite. */
export interface Algorithms {
  authentication: number;
  integrity: number;
  confidentiality: number;
}

export interface OpenSessionRequest {
  tag: number;
  /** 0 = the highest that the algorithms allow. */
  privilege: number;
  /** The id by which the BMC shall address us; not 0. */
  consoleSessionId: number;
  algorithms: Algorithms;
}

/** After an error status only the first fields are there. */
export interface OpenSessionResponse {
  tag: number;
  status: number;
  privilege: number;
  consoleSessionId: number;
  accepted?: { bmcSessionId: number; algorithms: Algorithms };
}

/**
 * IPMI 2.0 section 13.17
 * ```
 * tag | privilege | 00 00 | U32 console session id | three algorithm blocks
 * ```
 */
export function encodeOpenSessionRequest(m: OpenSessionRequest): Buffer {
  return Buffer.concat([
    Buffer.from([m.tag, m.privilege, 0, 0]),
    u32(m.consoleSessionId),
    encodeAlgorithms(m.algorithms),
  ]);
}

/** @throws IpmiError MALFORMED */
export function parseOpenSessionRequest(payload: Uint8Array): OpenSessionRequest {
  const f = fields('Open Session Request', payload);
  const tag = f.u8();
  const privilege = f.u8() & 0x0f;
  f.skip(2);
  const consoleSessionId = f.u32();
  const algorithms = parseAlgorithms('Open Session Request', f.bytes(24));
  f.end();
  return { tag, privilege, consoleSessionId, algorithms };
}

/**
 * IPMI 2.0 section 13.18
 * ```
 * tag | status | privilege | 00 | U32 console session id | [status 0: U32 BMC session id | three algorithm blocks]
 * ```
 */
export function encodeOpenSessionResponse(m: OpenSessionResponse): Buffer {
  const head = [Buffer.from([m.tag, m.status, m.privilege, 0]), u32(m.consoleSessionId)];
  if (m.accepted === undefined) return Buffer.concat(head);
  return Buffer.concat([...head, u32(m.accepted.bmcSessionId), encodeAlgorithms(m.accepted.algorithms)]);
}

/** @throws IpmiError MALFORMED */
export function parseOpenSessionResponse(payload: Uint8Array): OpenSessionResponse {
  const f = fields('Open Session Response', payload);
  const tag = f.u8();
  const status = f.u8();
  // ipmi_sim ends its refusals here.
  if (status !== 0 && f.left < 6) return { tag, status, privilege: 0, consoleSessionId: 0 };
  const privilege = f.u8() & 0x0f;
  f.skip(1);
  const consoleSessionId = f.u32();
  if (status !== 0) return { tag, status, privilege, consoleSessionId };
  const bmcSessionId = f.u32();
  const algorithms = parseAlgorithms('Open Session Response', f.bytes(24));
  f.end();
  return { tag, status, privilege, consoleSessionId, accepted: { bmcSessionId, algorithms } };
}

/**
 * ```
 * { type 00 authentication, 01 integrity, 02 confidentiality | 00 00 | 08 length | algorithm | 00 00 00 }
 * ```
 */
function encodeAlgorithms(a: Algorithms): Buffer {
  const bytes = Buffer.alloc(24);
  [a.authentication, a.integrity, a.confidentiality].forEach((algorithm, type) => {
    bytes[type * 8] = type;
    bytes[type * 8 + 3] = 8;
    bytes[type * 8 + 4] = algorithm;
  });
  return bytes;
}

function parseAlgorithms(what: string, bytes: Buffer): Algorithms {
  const algorithm = (type: number): number => {
    if (bytes[type * 8] !== type) throw malformed(`${what}: algorithm block ${type} has another type`);
    // Length 0 means "you choose" in requests; it counts as algorithm 0, which is never a suite of ours.
    return bytes[type * 8 + 4]! & 0x3f;
  };
  return { authentication: algorithm(0), integrity: algorithm(1), confidentiality: algorithm(2) };
}
