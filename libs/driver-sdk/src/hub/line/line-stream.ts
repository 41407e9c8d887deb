import type { Duplex } from 'node:stream';
import { MeshError } from '@consolemesh/errors';
import { type Clock, pause } from '../clock.ts';

/** Most bytes that are handed on at once. */
const pieceBytes = 32 * 1024;
/** Longest wait for a stream that was destroyed to have let go of its machine, ms. */
const closeTimeoutMs = 10_000;

/** Reads a line to its end, with back-pressure, and answers what ended it; a driver says so best by destroying it with a MeshError. */
export async function readStream(
  stream: Duplex,
  parts: { where: string; signal: AbortSignal; onBytes(bytes: Buffer): Promise<void> | undefined },
): Promise<MeshError> {
  const { where, signal, onBytes } = parts;
  async function read(): Promise<MeshError> {
    try {
      for await (const chunk of stream) {
        for (let at = 0; at < chunk.length && !signal.aborted; at += pieceBytes) {
          const taken = onBytes((chunk as Buffer).subarray(at, at + pieceBytes));
          if (taken) await taken;
        }
      }
      return new MeshError('UPSTREAM_CLOSED', `${where} closed the line.`);
    } catch (error) {
      if (error instanceof MeshError) return error;
      return new MeshError('UPSTREAM_LOST', `The connection to ${where} broke.`, { cause: error });
    }
  }
  // Who ends it does not wait for a stream that never says that it has closed.
  let stop = () => {};
  const stopped = new Promise<MeshError>((resolve) => {
    stop = () => resolve(new MeshError('CANCELLED'));
  });
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([stopped, read()]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Ends a stream; resolves when it has closed, which is when its driver has cleaned up, or when that takes too long. */
export async function closeStream(stream: Duplex, clock: Clock): Promise<void> {
  if (stream.closed) return;
  const closed = new AbortController();
  stream.once('close', () => closed.abort());
  stream.destroy();
  await pause(clock, closeTimeoutMs, closed.signal);
}

/** Writes with back-pressure: resolves when more is wanted, or when the stream or the signal has ended. Answers whether it was written. */
export async function writeStream(stream: Duplex, bytes: Buffer, signal: AbortSignal): Promise<boolean> {
  if (!stream.writable || signal.aborted) return false;
  if (stream.write(bytes)) return true;
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    signal.addEventListener('abort', done);
  });
  return true;
}
