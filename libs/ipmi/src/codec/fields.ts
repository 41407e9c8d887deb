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
  return new FieldReader(what, message);
}

/** A class, not a closure: several are made for every packet, and eight functions each would be most of the work. */
class FieldReader implements Fields {
  readonly #what: string;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(what: string, message: Uint8Array) {
    this.#what = what;
    this.#bytes = Buffer.isBuffer(message)
      ? message
      : Buffer.from(message.buffer, message.byteOffset, message.length);
  }

  #take(n: number): number {
    const from = this.#at;
    if (n > this.#bytes.length - from) {
      throw malformed(
        `${this.#what} ends after ${this.#bytes.length} bytes, at least ${from + n} were expected`,
      );
    }
    this.#at = from + n;
    return from;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u24(): number {
    return this.#bytes.readUIntLE(this.#take(3), 3);
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  bytes(n: number): Buffer {
    const from = this.#take(n);
    return this.#bytes.subarray(from, from + n);
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }

  skip(n: number): void {
    this.#take(n);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  end(): void {
    if (this.left > 0) {
      throw malformed(`${this.#what} has ${this.#bytes.length} bytes, ${this.#at} were expected`);
    }
  }
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
