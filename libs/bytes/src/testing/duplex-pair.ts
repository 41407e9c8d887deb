import { Duplex } from 'node:stream';

/**
 * Two connected in-memory streams: what is written to one is read from the other, with back-pressure
 * (a write completes when the other side has taken the chunk). Ending one ends the other's reading half;
 * destroying one looks to the other like a peer that hung up.
 * @param highWaterMark bytes either side buffers. Default 64 KiB.
 */
export function duplexPair({ highWaterMark = 65_536 } = {}): [Duplex, Duplex] {
  const a: End = end(() => b, highWaterMark);
  const b: End = end(() => a, highWaterMark);
  return [a.stream, b.stream];
}

interface End {
  stream: Duplex;
  /** Called by the peer: delivers a chunk and calls back once it is wanted. */
  deliver(chunk: Buffer, taken: () => void): void;
  hangUp(): void;
}

function end(peer: () => End, highWaterMark: number): End {
  let waiting: (() => void) | undefined;
  let ended = false;
  const wake = () => {
    const taken = waiting;
    waiting = undefined;
    taken?.();
  };
  const hangUp = () => {
    if (!ended && !stream.destroyed) stream.push(null);
    ended = true;
  };
  const stream = new Duplex({
    highWaterMark,
    read: wake,
    write: (chunk: Buffer, _encoding, callback) => peer().deliver(chunk, callback),
    final(callback) {
      peer().hangUp();
      callback();
    },
    destroy(error, callback) {
      // A writer blocked on us would wait for ever, as would a peer that is reading.
      wake();
      peer().hangUp();
      callback(error);
    },
  });
  return {
    stream,
    deliver(chunk, taken) {
      if (stream.destroyed || ended) return taken();
      // A turn later, as a kernel would: no test may pass only because delivery was synchronous.
      setImmediate(() => {
        if (stream.destroyed || ended) return taken();
        if (stream.push(chunk)) taken();
        else waiting = taken;
      });
    },
    hangUp,
  };
}
