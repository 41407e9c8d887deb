/** The stream ended, closed or failed before all wanted bytes had arrived. */
export class UnexpectedEnd extends Error {
  override readonly name = 'UnexpectedEnd';
  /** Bytes the caller asked for. */
  readonly wanted: number;
  /** The bytes that did arrive (shorter than `wanted`). */
  readonly received: Buffer;

  constructor(wanted: number, received: Buffer, cause?: unknown) {
    const why = cause instanceof Error ? ` (${cause.message})` : '';
    super(`stream ended after ${received.length} of ${wanted} bytes${why}`, { cause });
    this.wanted = wanted;
    this.received = received;
  }
}

/** A read asked for more bytes than the reader's bound allows; nothing was read. */
export class ReadLimitExceeded extends Error {
  override readonly name = 'ReadLimitExceeded';
  readonly wanted: number;
  readonly limit: number;

  constructor(wanted: number, limit: number) {
    super(`refused to read ${wanted} bytes at once: the limit is ${limit}`);
    this.wanted = wanted;
    this.limit = limit;
  }
}

/** An AbortSignal ended the wait; `cause` is the signal's reason. The stream is left as it was. */
export class ReadAborted extends Error {
  override readonly name = 'ReadAborted';
  /** Bytes the caller asked for. */
  readonly wanted: number;
  /** Bytes that had arrived; they have been put back into the stream. */
  readonly received: Buffer;

  constructor(wanted: number, received: Buffer, reason: unknown) {
    super(`gave up waiting for ${wanted} bytes after ${received.length}`, { cause: reason });
    this.wanted = wanted;
    this.received = received;
  }
}
