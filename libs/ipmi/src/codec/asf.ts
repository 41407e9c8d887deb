import { fields, malformed } from './fields.ts';

/** Enterprise number of ASF, big-endian on the wire. */
const ASF_IANA = 4542;
const PING = 0x80;
const PONG = 0x40;

/** A presence ping or the answer to it (ASF 2.0 section 3.2.4). */
export type AsfMessage =
  | { kind: 'ping'; tag: number }
  | {
      kind: 'pong';
      tag: number;
      /** The machine answers IPMI messages. */
      ipmi: boolean;
      /** Enterprise number of whoever defined `oem`. */
      enterprise: number;
    };

/**
 * ```
 * IANA 000011BE (big-endian) | type 80 ping, 40 pong | tag | 00 | length
 * pong: enterprise U32 (big-endian) | OEM U32 | entities: bit 7 IPMI, bits 3:0 ASF version | interactions | 6 reserved
 * ```
 */
export function encodeAsf(message: AsfMessage): Buffer {
  const pong = message.kind === 'pong';
  const bytes = Buffer.alloc(pong ? 24 : 8);
  bytes.writeUInt32BE(ASF_IANA, 0);
  bytes[4] = pong ? PONG : PING;
  bytes[5] = message.tag;
  bytes[7] = pong ? 16 : 0;
  if (pong) {
    bytes.writeUInt32BE(message.enterprise >>> 0, 8);
    bytes[16] = message.ipmi ? 0x81 : 0x01;
  }
  return bytes;
}

/** @throws IpmiError MALFORMED */
export function parseAsf(body: Uint8Array): AsfMessage {
  const f = fields('ASF message', body);
  const iana = f.bytes(4).readUInt32BE();
  if (iana !== ASF_IANA) throw malformed(`ASF message with enterprise ${iana}`);
  const type = f.u8();
  const tag = f.u8();
  f.skip(1);
  const length = f.u8();
  if (type === PING) return { kind: 'ping', tag };
  if (type !== PONG) throw malformed(`ASF message type 0x${type.toString(16)} is neither ping nor pong`);
  if (length < 16) throw malformed(`ASF pong announces ${length} bytes, 16 were expected`);
  const enterprise = f.bytes(4).readUInt32BE();
  f.skip(4);
  const entities = f.u8();
  f.skip(7);
  return { kind: 'pong', tag, ipmi: (entities & 0x80) !== 0, enterprise };
}
