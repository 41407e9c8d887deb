import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Misbehaviour } from './misbehaviour.ts';

const bannerBytes = 12;

/**
 * Puts a misbehaving wire between a server and its socket: another banner, a few bytes at a time, a sudden end. What the
 * viewer sends passes as it is. The socket is destroyed with the stream.
 */
export function distortStream(
  socket: Duplex,
  { banner, trickle, dieAfterBytes }: Pick<Misbehaviour, 'banner' | 'trickle' | 'dieAfterBytes'>,
): Duplex {
  if (banner === undefined && !trickle && dieAfterBytes === undefined) return socket;
  let position = 0;

  const send = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) =>
      socket.write(bytes, (error) => (error ? reject(error) : resolve())),
    );
  const write = async (chunk: Buffer) => {
    let bytes = replaceBanner(chunk, position, banner);
    const left = (dieAfterBytes ?? Number.POSITIVE_INFINITY) - position;
    const dies = bytes.length >= left;
    if (dies) bytes = bytes.subarray(0, left);
    position += bytes.length;
    if (!trickle) await send(bytes);
    else {
      for (let at = 0; at < bytes.length && !socket.destroyed; at += trickle.bytes) {
        await send(bytes.subarray(at, at + trickle.bytes));
        await wait(trickle.delayMs, undefined, { ref: false });
      }
    }
    if (dies) socket.destroy();
  };

  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      write(chunk).then(() => done(), done);
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  return stream;
}

/** Overlays the first twelve bytes of the connection with another banner of the same length. */
function replaceBanner(chunk: Buffer, position: number, banner: string | undefined): Buffer {
  if (banner === undefined || position >= bannerBytes) return chunk;
  const changed = Buffer.from(chunk);
  changed.set(Buffer.from(banner, 'latin1').subarray(position, position + chunk.length));
  return changed;
}
