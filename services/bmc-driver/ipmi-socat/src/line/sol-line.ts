import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { OpenedLine } from '@consolemesh/driver-sdk';
import { MeshError } from '@consolemesh/errors';
import { createInputEscaper } from './escape-input.ts';
import { createNoteStripper } from './strip-note.ts';

/** What ipmitool asks for a break, and what it says then. */
const breakSequence = '~B';
const breakNote = Buffer.from('~B [send break]\n');
/** Longest wait for it, ms. */
const breakWithinMs = 5_000;

/** What a line needs. */
export interface SolLineParts {
  /** To socat, after the greeting of ipmitool. */
  readonly socket: Socket;
  /** What came after the greeting. */
  readonly first: Buffer;
  /** Why the connection has ended. */
  whyEnded(): Promise<MeshError>;
  /** Resolves when the place at socat is free again. */
  placeFree(): Promise<void>;
}

/** The serial line behind a socat: bytes pass unchanged in both directions, whatever ipmitool takes for commands. */
export function createSolLine({ socket, first, whyEnded, placeFree }: SolLineParts): OpenedLine {
  const input = createInputEscaper();
  const notes = createNoteStripper(breakNote);
  const waiting: (() => void)[] = [];

  const stream = new Duplex({
    read: () => void socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      socket.write(input.escape(chunk), () => done());
    },
    destroy(error, done) {
      socket.destroy();
      // The hub opens the next line after this one's `close`: by then ipmitool has given the console back.
      placeFree().finally(() => done(error));
    },
  });

  function take(chunk: Buffer): void {
    const { bytes, found } = notes.strip(chunk);
    if (found) waiting.shift()?.();
    if (bytes.length > 0 && !stream.push(bytes)) socket.pause();
  }

  function finish(why: MeshError): void {
    if (stream.destroyed) return;
    // What the machine said last is read before the line is gone.
    if (stream.readableLength === 0) stream.destroy(why);
    else setTimeout(finish, 20, why).unref();
  }

  socket.on('data', take);
  socket.on('error', () => {});
  socket.once('close', () => {
    const rest = notes.rest();
    if (rest.length > 0 && !stream.destroyed) stream.push(rest);
    void whyEnded().then(finish);
  });
  if (first.length > 0) take(first);

  return {
    stream,
    async sendBreak() {
      if (!input.atLineStart) {
        throw new MeshError(
          'FIELD_INVALID',
          'ipmitool sends a break at the beginning of a line only; press Enter before, or use the driver ipmi-sol.',
        );
      }
      notes.expect();
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () => reject(new MeshError('BMC_TIMEOUT', 'ipmitool sent no break in time.')),
          breakWithinMs,
        );
        waiting.push(() => {
          clearTimeout(late);
          resolve();
        });
        socket.write(breakSequence);
      });
    },
  };
}
