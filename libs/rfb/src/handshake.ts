import type { Duplex } from 'node:stream';
import {
  type Deadline,
  ExactReader,
  ReadAborted,
  ReadLimitExceeded,
  UnexpectedEnd,
} from '@consolemesh/bytes';
import { RfbError } from './errors.ts';

/**
 * One handshake in progress. `stream` and `reader` change when TLS starts inside it, so steps take the
 * handshake and never keep a stream of their own.
 */
export interface Handshake {
  stream: Duplex;
  reader: ExactReader;
  readonly deadline: Deadline;
  encrypted: boolean;
  /** What is awaited now, in words; becomes part of the error text when it does not come. */
  awaiting: string;
  write(bytes: Buffer): void;
}

export function openHandshake(stream: Duplex, deadline: Deadline, encrypted = false): Handshake {
  const h: Handshake = {
    stream,
    reader: ExactReader.from(stream, { signal: deadline.signal }),
    deadline,
    encrypted,
    awaiting: 'the protocol version',
    write(bytes) {
      // A failed write surfaces as the next read's error: the reader listens to the stream.
      if (!h.stream.destroyed) h.stream.write(bytes);
    },
  };
  return h;
}

/** Replaces the handshake's stream by what `start` builds on top of it (TLS). */
export async function upgrade(h: Handshake, start: (stream: Duplex) => Promise<Duplex>): Promise<void> {
  h.reader.release();
  h.stream = await start(h.stream);
  h.reader = ExactReader.from(h.stream, { signal: h.deadline.signal });
  h.encrypted = true;
}

/** Runs a handshake: on failure the stream is destroyed and whatever went wrong becomes an RfbError. */
export async function conduct<T>(h: Handshake, steps: () => Promise<T>): Promise<T> {
  try {
    const result = await steps();
    h.reader.release();
    return result;
  } catch (error) {
    // Keeps the listener of the reader: a late 'error' of a destroyed stream must not crash the process.
    h.stream.destroy();
    throw asRfbError(error, h);
  }
}

/** Translates reader errors; RfbErrors and programming errors pass through. */
export function asRfbError(error: unknown, h: Pick<Handshake, 'awaiting' | 'deadline'>): unknown {
  if (error instanceof ReadAborted || (h.deadline.signal.aborted && !(error instanceof RfbError))) {
    const got = error instanceof ReadAborted ? ` (${error.received.length} bytes of it came)` : '';
    return h.deadline.expired
      ? new RfbError('TIMEOUT', `timed out waiting for ${h.awaiting}${got}`, { cause: error })
      : new RfbError('ABORTED', `stopped while waiting for ${h.awaiting}`, { cause: error });
  }
  if (error instanceof UnexpectedEnd) {
    return new RfbError('UNEXPECTED_END', `the peer hung up while we waited for ${h.awaiting}`, {
      cause: error,
    });
  }
  if (error instanceof ReadLimitExceeded) {
    return new RfbError('LIMIT_EXCEEDED', `${h.awaiting}: ${error.message}`, { cause: error });
  }
  return error;
}
