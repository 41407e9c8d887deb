import { Duplex } from 'node:stream';
import type { SolStream } from '../sol/stream.ts';

/**
 * The serial port between a machine and its BMC, from the machine's side: what the machine prints is written to it, what people type is
 * read from it. As on a real one, nobody keeps what is printed while no console is attached. Emits `break` when a console sends one.
 */
export interface SerialPort extends Duplex {
  /** Connects a console's line; the former must be gone. */
  attach(line: SolStream): void;
  readonly attached: boolean;
}

export function createSerialPort(): SerialPort {
  let line: SolStream | undefined;
  const port = new Duplex({
    allowHalfOpen: true,
    read: () => void line?.resume(),
    write(chunk: Buffer, _encoding, done) {
      if (line === undefined || line.destroyed) return done();
      // A line that ends in the middle takes its characters with it; the machine goes on printing.
      line.write(chunk, () => done());
    },
  });
  return Object.defineProperty(
    Object.assign(port, {
      attach(next: SolStream) {
        line = next;
        next.on('data', (characters: Buffer) => {
          if (!port.push(characters)) next.pause();
        });
        next.on('error', () => {});
        next.once('close', () => {
          if (line === next) line = undefined;
        });
      },
    }),
    'attached',
    { get: () => line !== undefined && !line.destroyed },
  ) as SerialPort;
}
