import type { Writable } from 'node:stream';

/** What may wait in a stream's own memory before its source is paused, bytes. */
const mostPending = 256 * 1024;

/** Writes chunks and says when to wait. */
export interface Writer {
  /** False = wait for `onWritten`. Memory that is `reused` has to be with the kernel; otherwise some may wait in the stream. */
  write(chunk: Buffer, reused: boolean): boolean;
  /** Writes something between the chunks; while it waits, `onWritten` does too. */
  between(frame: Buffer): void;
}

/**
 * Back-pressure by what really waits. A stream's own answer says only whether the chunk was larger than its mark: a write that the
 * kernel took whole would stop the flow, one that it took in part might not.
 */
export function createWriter(stream: Writable, onWritten: () => void): Writer {
  let waiting = false;
  // One function for all writes: streams batch the calls of callbacks that are the same.
  const written = () => {
    if (!waiting || stream.writableLength > 0) return;
    waiting = false;
    onWritten();
  };
  return {
    write(chunk, reused) {
      if (stream.writableEnded || stream.destroyed) return true;
      stream.write(chunk, written);
      if (stream.writableLength > (reused ? 0 : mostPending)) waiting = true;
      return !waiting;
    },
    // With the same function: else it could be what still waits when the last chunk has left, and nobody would be told of its end.
    between: (frame) => void stream.write(frame, written),
  };
}
