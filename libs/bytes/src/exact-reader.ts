import type { Readable } from 'node:stream';
import { ReadAborted, ReadLimitExceeded, UnexpectedEnd } from './errors.ts';

/**
 * Reads exact numbers of bytes from a Node stream, so that a handshake can be written top to bottom.
 *
 * One read at a time. Between reads the reader holds no bytes: whatever it took too much goes back into
 * the stream at once, so `release()` can hand the stream to a TLS handshake or a raw relay at any moment.
 */
export interface ExactReader {
  /**
   * Exactly `n` bytes. The buffer is the caller's own.
   * @throws UnexpectedEnd, ReadLimitExceeded, ReadAborted
   */
  read(n: number, options?: { signal?: AbortSignal | undefined }): Promise<Buffer>;
  readU8(): Promise<number>;
  /** Big-endian, as all multi-byte readers here. */
  readU16(): Promise<number>;
  readU32(): Promise<number>;
  readI32(): Promise<number>;
  /** Bytes handed out so far. */
  readonly bytesRead: number;
  /** Stops listening to the stream. Unread bytes are in the stream; errors are the new owner's from here. */
  release(): void;
}

export interface ExactReaderOptions {
  /** Ends any wait with ReadAborted. */
  signal?: AbortSignal | undefined;
  /** Largest single read, in bytes. Default 1 MiB. */
  maxBuffered?: number | undefined;
}

const DEFAULT_MAX_BUFFERED = 1024 * 1024;

export const ExactReader = {
  /** Takes over reading from `stream`, which must be in byte mode and have no other reader. */
  from(stream: Readable, options: ExactReaderOptions = {}): ExactReader {
    const limit = options.maxBuffered ?? DEFAULT_MAX_BUFFERED;
    let failure: Error | undefined = stream.errored ?? undefined;
    let bytesRead = 0;
    let busy = false;
    let released = false;

    // Held for the reader's whole life: a reset between two reads must become the next read's error
    // instead of an unhandled 'error' event.
    const onError = (error: Error) => {
      failure ??= error;
    };
    stream.on('error', onError);

    const read: ExactReader['read'] = async (n, { signal } = {}) => {
      if (busy) throw new Error('ExactReader: another read is still waiting');
      if (released) throw new Error('ExactReader: read after release');
      if (n > limit) throw new ReadLimitExceeded(n, limit);
      if (n === 0) return Buffer.alloc(0);
      busy = true;
      try {
        const result = await collect(stream, n, () => failure, [options.signal, signal]);
        bytesRead += n;
        return result;
      } finally {
        busy = false;
      }
    };

    return {
      read,
      readU8: async () => (await read(1)).readUInt8(0),
      readU16: async () => (await read(2)).readUInt16BE(0),
      readU32: async () => (await read(4)).readUInt32BE(0),
      readI32: async () => (await read(4)).readInt32BE(0),
      get bytesRead() {
        return bytesRead;
      },
      release() {
        released = true;
        stream.off('error', onError);
      },
    };
  },
};

/**
 * Always drains with `read()`, never `read(n)`: `read(n)` returns null while fewer than n bytes are buffered
 * and 'readable' then fires again at once, which spins, and n above the high-water mark never arrives.
 */
async function collect(
  stream: Readable,
  n: number,
  failure: () => Error | undefined,
  signals: (AbortSignal | undefined)[],
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let got = 0;
  while (got < n) {
    const aborted = signals.find((s) => s?.aborted);
    if (aborted !== undefined) {
      const received = Buffer.concat(parts, got);
      if (got > 0 && !stream.readableEnded && !stream.destroyed) stream.unshift(received);
      throw new ReadAborted(n, received, aborted.reason);
    }
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) {
      const missing = n - got;
      if (chunk.length > missing) {
        // In the same turn as the read: an 'end' that is already scheduled then waits for these bytes.
        stream.unshift(chunk.subarray(missing));
        parts.push(chunk.subarray(0, missing));
        got = n;
      } else {
        parts.push(chunk);
        got += chunk.length;
      }
      continue;
    }
    if (failure() !== undefined || stream.readableEnded || stream.destroyed) {
      throw new UnexpectedEnd(n, Buffer.concat(parts, got), failure() ?? stream.errored ?? undefined);
    }
    await somethingHappens(stream, signals);
  }
  // A copy when it is one part, because pooled socket memory would otherwise be pinned by a 4-byte slice.
  return parts.length === 1 ? Buffer.from(parts[0] as Buffer) : Buffer.concat(parts, n);
}

/** Resolves on the first of: readable, end, error, close, abort. Leaves no listener behind. */
function somethingHappens(stream: Readable, signals: (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of EVENTS) stream.off(event, done);
      for (const signal of signals) signal?.removeEventListener('abort', done);
      resolve();
    };
    for (const event of EVENTS) stream.on(event, done);
    for (const signal of signals) signal?.addEventListener('abort', done);
  });
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;
