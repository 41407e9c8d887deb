import type { Duplex } from 'node:stream';

/** Bytes in front of a chunk that a link leaves free, so that the next one can put a WebSocket header there without copying. */
export const headroom = 10;

/**
 * Takes a chunk. `room` is how many bytes in front of it may be overwritten; more than 0 also means that the memory is used again for
 * the next chunk as soon as this call has answered true. False = nothing more until `resume`, and the memory stays untouched.
 */
export type Receive = (chunk: Buffer, room: number) => boolean;

/** One end of a session: a client or a machine. First a stream for the handshake, then bytes by the shortest path. */
export interface Link {
  /** For the handshake; over when `relay` is called. */
  readonly stream: Duplex;
  /** Ends the handshake: bytes that it did not read, and all that follow, go to `receive`. */
  relay(receive: Receive): void;
  /** Goes on after `receive` answered false. */
  resume(): void;
  /** Sends a chunk; false = not all of it is with the kernel: leave its memory alone and wait for `onWritten`. */
  write(chunk: Buffer, room: number): boolean;
  /** Called when everything is with the kernel again after `write` answered false. */
  onWritten: () => void;
  /** Called once when the other side ended (no error) or the connection broke. */
  onOver: (error?: Error) => void;
  /** Bytes that wait for the kernel. */
  readonly pending: number;
  /** Ends the connection at once. */
  destroy(): void;
}
