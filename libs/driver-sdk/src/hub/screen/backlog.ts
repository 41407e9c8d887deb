/** Bytes in the order in which they came, up to a fixed number. Takes as much memory as it holds, and at most twice that while it grows. */
export interface Backlog {
  readonly length: number;
  /** Whether so many more fit. */
  fits(bytes: number): boolean;
  push(bytes: Buffer): void;
  /** What came from `at` on, at most `most` bytes; valid until the next `clear`. */
  slice(at: number, most: number): Buffer;
  clear(): void;
}

const firstBytes = 4096;

/** An empty backlog. */
export function createBacklog(capacity: number): Backlog {
  let bytes = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    fits: (more) => length + more <= capacity,
    push(more) {
      if (length + more.length > bytes.length) {
        const size = Math.max(firstBytes, 2 * bytes.length, length + more.length);
        const grown = Buffer.allocUnsafeSlow(Math.min(size, Math.max(capacity, length + more.length)));
        bytes.copy(grown, 0, 0, length);
        bytes = grown;
      }
      more.copy(bytes, length);
      length += more.length;
    },
    slice: (at, most) => bytes.subarray(at, Math.min(at + most, length)),
    clear() {
      bytes = Buffer.alloc(0);
      length = 0;
    },
  };
}
