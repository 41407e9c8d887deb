import { Duplex } from 'node:stream';

/** What carries a line, as seen by its stream. */
export interface Carrier {
  /** Stops and goes on handing bytes over. */
  pause(): void;
  resume(): void;
  /** Resolves when more may be written. What fails ends the line, and the carrier says why by `fail`. */
  write(bytes: Buffer): Promise<void>;
  /** Gives up what the BMC holds for the line. Never rejects. */
  release(): Promise<void>;
}

/** The line as its viewers' hub takes it, and the carrier's side of it. */
export interface LineStream {
  readonly stream: Duplex;
  /** Bytes have come. */
  push(bytes: Buffer): void;
  /** The line is over. */
  fail(error: Error): void;
}

/** A line whose `close` comes when the BMC has let go of everything, and which breaks with an error in words. */
export function lineStream(carrier: Carrier): LineStream {
  const stream = new Duplex({
    read: () => carrier.resume(),
    write(chunk: Buffer, _encoding, done) {
      carrier.write(chunk).then(
        () => done(),
        () => {},
      );
    },
    destroy(error, done) {
      carrier.release().finally(() => done(error));
    },
  });
  // Whoever has not begun to read shall not be ended by a line that breaks.
  stream.on('error', () => {});
  return {
    stream,
    push(bytes) {
      if (!stream.destroyed && !stream.push(bytes)) carrier.pause();
    },
    fail: (error) => void stream.destroy(error),
  };
}
