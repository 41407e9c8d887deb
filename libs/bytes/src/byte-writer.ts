/** Builds a binary message field by field; multi-byte fields are big-endian (network order). */
export interface ByteWriter {
  u8(value: number): ByteWriter;
  u16(value: number): ByteWriter;
  u32(value: number): ByteWriter;
  i32(value: number): ByteWriter;
  /** Appends a copy of `bytes`. */
  bytes(bytes: Uint8Array): ByteWriter;
  /** Appends a string as UTF-8, without a length. */
  text(text: string): ByteWriter;
  /** Appends `n` zero bytes. */
  zeros(n: number): ByteWriter;
  /** Bytes written so far. */
  readonly length: number;
  /** What was written. The writer must not be used afterwards: the memory is shared, not copied. */
  toBuffer(): Buffer;
}

/** @param capacity bytes to reserve; the buffer doubles when it is full */
export function byteWriter(capacity = 64): ByteWriter {
  let buffer = Buffer.allocUnsafe(Math.max(capacity, 1));
  let length = 0;

  const room = (n: number): number => {
    const at = length;
    length += n;
    if (length > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, buffer.length * 2));
      buffer.copy(larger, 0, 0, at);
      buffer = larger;
    }
    return at;
  };

  const writer: ByteWriter = {
    u8(value) {
      const at = room(1);
      buffer.writeUInt8(value, at);
      return writer;
    },
    u16(value) {
      const at = room(2);
      buffer.writeUInt16BE(value, at);
      return writer;
    },
    u32(value) {
      const at = room(4);
      buffer.writeUInt32BE(value, at);
      return writer;
    },
    i32(value) {
      const at = room(4);
      buffer.writeInt32BE(value, at);
      return writer;
    },
    bytes(bytes) {
      const at = room(bytes.length);
      buffer.set(bytes, at);
      return writer;
    },
    text: (text) => writer.bytes(Buffer.from(text, 'utf8')),
    zeros(n) {
      const at = room(n);
      buffer.fill(0, at, at + n);
      return writer;
    },
    get length() {
      return length;
    },
    toBuffer: () => buffer.subarray(0, length),
  };
  return writer;
}
