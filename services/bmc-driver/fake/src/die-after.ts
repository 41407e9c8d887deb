import type { Duplex } from 'node:stream';

/** Breaks `stream` once it has carried so many bytes toward the client; 0 means never. */
export function dieAfter<S extends Duplex>(stream: S, bytes: number): S {
  if (bytes === 0) return stream;
  let left = bytes;
  const write = stream.write.bind(stream);
  stream.write = ((chunk: Buffer | string, ...rest: []) => {
    left -= chunk.length;
    if (left > 0) return write(chunk, ...rest);
    stream.destroy();
    return false;
  }) as S['write'];
  return stream;
}
