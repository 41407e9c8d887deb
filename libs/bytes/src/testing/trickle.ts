import { Duplex } from 'node:stream';

/**
 * Hostile delivery: a stream that hands over what `inner` delivers in pieces of at most `n` bytes, one per
 * turn of the event loop. Writes pass through whole.
 */
export function trickle(inner: Duplex, n = 1): Duplex {
  let rest: Buffer = Buffer.alloc(0);
  let wanted = false;
  let ended = false;
  let scheduled = false;

  const step = () => {
    scheduled = false;
    if (!wanted || outer.destroyed) return;
    if (rest.length === 0) {
      if (ended) {
        wanted = false;
        outer.push(null);
      } else inner.resume();
      return;
    }
    const piece = rest.subarray(0, n);
    rest = rest.subarray(piece.length);
    wanted = false;
    outer.push(piece);
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(step);
  };

  const outer = new Duplex({
    readableHighWaterMark: n,
    read() {
      wanted = true;
      schedule();
    },
    write: (chunk: Buffer, _encoding, callback) => {
      inner.write(chunk, (error) => callback(error));
    },
    final: (callback) => {
      inner.end(() => callback());
    },
    destroy(error, callback) {
      inner.destroy();
      callback(error);
    },
  });
  inner.on('data', (chunk: Buffer) => {
    inner.pause();
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    schedule();
  });
  inner.on('end', () => {
    ended = true;
    schedule();
  });
  inner.on('error', (error) => outer.destroy(error));
  inner.on('close', () => {
    ended = true;
    schedule();
  });
  return outer;
}
