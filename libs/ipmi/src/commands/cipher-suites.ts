import { fields, malformed, u32 } from '../codec/fields.ts';
import { NET_FN } from '../codec/message.ts';
import type { Algorithms } from '../codec/open-session.ts';
import type { Command } from './command.ts';

export interface CipherSuitesRequest {
  channel: number;
  /** Which 16 bytes of the list. */
  index: number;
}

export interface CipherSuitesPart {
  channel: number;
  /** 16 bytes; fewer in the last part. */
  part: Buffer;
}

/** One suite that a BMC offers. */
export interface CipherSuiteRecord extends Partial<Algorithms> {
  id: number;
  /** Enterprise number of a vendor's own suite. */
  oem?: number;
}

/** Bytes of the list in one answer, and how many answers a list can have. */
export const SUITES_PART_BYTES = 16;
export const SUITES_MAX_PARTS = 64;

/**
 * IPMI 2.0 section 22.15
 * ```
 * request: channel | 00 IPMI payload | bit 7 list by cipher suite, bits 5:0 index
 * response: channel | up to 16 bytes of the list
 * ```
 */
export const getCipherSuites: Command<CipherSuitesRequest, CipherSuitesPart> = {
  name: 'Get Channel Cipher Suites',
  netFn: NET_FN.app,
  command: 0x54,
  encodeRequest: (r) => Buffer.from([r.channel & 0x0f, 0, 0x80 | (r.index & 0x3f)]),
  parseRequest(data) {
    const f = fields(this.name, data);
    const channel = f.u8() & 0x0f;
    f.skip(1);
    const index = f.u8() & 0x3f;
    f.end();
    return { channel, index };
  },
  encodeResponse: (r) => Buffer.concat([Buffer.from([r.channel]), r.part]),
  parseResponse(data) {
    const f = fields(this.name, data);
    const channel = f.u8() & 0x0f;
    const part = f.rest();
    if (part.length > SUITES_PART_BYTES) throw malformed(`${this.name}: a part of ${part.length} bytes`);
    return { channel, part };
  },
};

/**
 * ```
 * record: C0 | id, or C1 | id | U24 OEM; then tagged algorithms: 00xxxxxx authentication, 01xxxxxx integrity, 10xxxxxx confidentiality
 * ```
 */
export function encodeSuiteRecords(records: readonly CipherSuiteRecord[]): Buffer {
  return Buffer.concat(
    records.map((r) =>
      Buffer.concat([
        r.oem === undefined
          ? Buffer.from([0xc0, r.id])
          : Buffer.concat([Buffer.from([0xc1, r.id]), u32(r.oem).subarray(0, 3)]),
        Buffer.from([
          ...(r.authentication === undefined ? [] : [r.authentication & 0x3f]),
          ...(r.integrity === undefined ? [] : [0x40 | (r.integrity & 0x3f)]),
          ...(r.confidentiality === undefined ? [] : [0x80 | (r.confidentiality & 0x3f)]),
        ]),
      ]),
    ),
  );
}

/**
 * Of several algorithms of one kind in a record the last counts: the record then stands for a choice that we would not make.
 * @throws IpmiError MALFORMED
 */
export function parseSuiteRecords(list: Uint8Array): CipherSuiteRecord[] {
  const f = fields('cipher suite records', list);
  const records: CipherSuiteRecord[] = [];
  while (f.left > 0) {
    const byte = f.u8();
    if (byte === 0xc0) records.push({ id: f.u8() });
    else if (byte === 0xc1) records.push({ id: f.u8(), oem: f.u24() });
    else {
      const record = records.at(-1);
      if (record === undefined || byte >= 0xc0) {
        throw malformed(`cipher suite records: byte 0x${byte.toString(16)} where none may be`);
      }
      const kind = (['authentication', 'integrity', 'confidentiality'] as const)[byte >> 6]!;
      record[kind] = byte & 0x3f;
    }
  }
  return records;
}
