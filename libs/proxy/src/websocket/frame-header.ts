/** Opcodes of RFC 6455 section 5.2. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Bytes of the longest header that a server sends. */
export const longestServerHeader = 10;

/** Bytes of the header in front of a payload of this length. */
export function serverHeaderLength(payload: number): number {
  return payload < 126 ? 2 : payload < 65_536 ? 4 : 10;
}

/**
 * Writes the header of an unfragmented, unmasked frame so that it ends just before `at`. Answers where it begins.
 *
 *     +-+-+-+-+-------+-+-------------+-------------------------------+
 *     |F|R|R|R| opcode|M| length      | 16 bits when it says 126,     |
 *     |1|0|0|0|   4   |0|  7          | 64 bits when it says 127      |
 *     +-+-+-+-+-------+-+-------------+-------------------------------+
 */
export function writeServerHeader(bytes: Buffer, at: number, code: number, payload: number): number {
  const start = at - serverHeaderLength(payload);
  bytes[start] = 0x80 | code;
  if (payload < 126) bytes[start + 1] = payload;
  else if (payload < 65_536) {
    bytes[start + 1] = 126;
    bytes.writeUInt16BE(payload, start + 2);
  } else {
    bytes[start + 1] = 127;
    bytes.writeUInt32BE(Math.floor(payload / 2 ** 32), start + 2);
    bytes.writeUInt32BE(payload % 2 ** 32, start + 6);
  }
  return start;
}

/** A frame of its own memory: for control frames and text. */
export function serverFrame(code: number, payload: Buffer): Buffer {
  const header = serverHeaderLength(payload.length);
  const frame = Buffer.allocUnsafe(header + payload.length);
  writeServerHeader(frame, header, code, payload.length);
  payload.copy(frame, header);
  return frame;
}

/**
 * A close frame.
 *
 *     U16 code | UTF-8 reason, at most 123 bytes
 */
export function closeFrame(code: number, reason: string): Buffer {
  const words = Buffer.from(reason).subarray(0, 123);
  const payload = Buffer.allocUnsafe(2 + words.length);
  payload.writeUInt16BE(code, 0);
  words.copy(payload, 2);
  return serverFrame(opcode.close, payload);
}
