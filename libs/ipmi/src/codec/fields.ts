import { IpmiError } from '../errors.ts';

/** Reads the fields of one message in order; multi-byte fields are little-endian. Every read is checked against the end. */
export interface Fields {
  u8(): number;
  u16(): number;
  u24(): number;
  u32(): number;
  /** The next `n` bytes, not copied. */
  bytes(n: number): Buffer;
  /** Everything that is left, not copied. */
  rest(): Buffer;
  skip(n: number): void;
  /** Bytes that are left. */
  readonly left: number;
  /** Throws where bytes are left. Not called where real BMCs append bytes of their own. */
  end(): void;
}

/**
 * @param what names the message in error texts
 * @throws IpmiError MALFORMED from every reader when the message is too short
 */
export function fields(what: string, message: Uint8Array): Fields {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  let at = 0;
  const take = (n: number): number => {
    if (n > bytes.length - at) {
      throw malformed(`${what} ends after ${bytes.length} bytes, at least ${at + n} were expected`);
    }
    const from = at;
    at += n;
    return from;
  };
  return {
    u8: () => bytes.readUInt8(take(1)),
    u16: () => bytes.readUInt16LE(take(2)),
    u24: () => bytes.readUIntLE(take(3), 3),
    u32: () => bytes.readUInt32LE(take(4)),
    bytes: (n) => {
      const from = take(n);
      return bytes.subarray(from, from + n);
    },
    rest: () => {
      const from = at;
      at = bytes.length;
      return bytes.subarray(from);
    },
    skip: (n) => void take(n),
    get left() {
      return bytes.length - at;
    },
    end() {
      if (at < bytes.length) {
        throw malformed(`${what} has ${bytes.length} bytes, ${at} were expected`);
      }
    },
  };
}

export function malformed(text: string, cause?: unknown): IpmiError {
  return new IpmiError('MALFORMED', text, { cause });
}

/** `n` as four little-endian bytes. */
export function u32(n: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(n >>> 0);
  return bytes;
}

/** `n` as two little-endian bytes. */
export function u16(n: number): Buffer {
  return Buffer.from([n & 0xff, (n >> 8) & 0xff]);
}

/** Text of at most `length` bytes, zero-padded to exactly that. */
export function padded(text: Uint8Array, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.set(text.subarray(0, length));
  return bytes;
}

/** Printable ASCII up to the first zero byte; anything else becomes a dot, because it comes from a peer. */
export function printable(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end))
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.');
}
