import { Duplex } from 'node:stream';

/** A stream for the time of a handshake, on top of something that delivers chunks by itself. */
export interface HandshakeStream {
  readonly stream: Duplex;
  /** Delivers a chunk, which must not be overwritten afterwards; false = wait for `read`. */
  push(chunk: Buffer): boolean;
  /** The other side will send nothing more. */
  end(): void;
  fail(error: Error): void;
  /** Ends the stream's part; answers what it holds unread. */
  detach(): Buffer | undefined;
}

/** How the stream acts on what carries it. */
export interface Carrier {
  /** More is wanted. */
  read(): void;
  write(chunk: Buffer, written: (error?: Error | null) => void): void;
  /** Nothing more will be written. */
  finish(): void;
  destroy(): void;
}

/** Makes such a stream. Destroying it destroys its carrier, until it is detached. */
export function createHandshakeStream(carrier: Carrier): HandshakeStream {
  let attached = true;
  const stream = new Duplex({
    read: () => {
      if (attached) carrier.read();
    },
    write: (chunk: Buffer, _encoding, done) => carrier.write(chunk, done),
    final(done) {
      carrier.finish();
      done();
    },
    destroy(error, done) {
      if (attached) carrier.destroy();
      done(error);
    },
  });
  // A connection that fails before anybody reads the stream tells its owner in another way.
  stream.on('error', () => {});
  return {
    stream,
    push: (chunk) => (stream.destroyed ? true : stream.push(chunk)),
    end() {
      if (!stream.destroyed && !stream.readableEnded) stream.push(null);
    },
    fail: (error) => stream.destroy(error),
    detach() {
      attached = false;
      const rest = stream.read() as Buffer | null;
      stream.removeAllListeners();
      stream.on('error', () => {});
      return rest ?? undefined;
    },
  };
}
