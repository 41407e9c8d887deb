import { CLIENT } from '../client-messages.ts';

/**
 * SetEncodings: `U8 2 | U8 padding | U16 n | n × I32 encoding`.
 * @param at where the message starts; all of it must be in `b`
 */
export function parseSetEncodings(b: Buffer, at = 0): number[] {
  const n = b.readUInt16BE(at + 2);
  return Array.from({ length: n }, (_, i) => b.readInt32BE(at + 4 + 4 * i));
}

export function encodeSetEncodings(encodings: readonly number[]): Buffer {
  const b = Buffer.alloc(4 + 4 * encodings.length);
  b.writeUInt8(CLIENT.SetEncodings, 0);
  b.writeUInt16BE(encodings.length, 2);
  encodings.forEach((encoding, i) => {
    b.writeInt32BE(encoding, 4 + 4 * i);
  });
  return b;
}
