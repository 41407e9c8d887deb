import type { Duplex } from 'node:stream';
import type { Link } from './link.ts';
import { createWriter } from './writer.ts';

/** A link on any stream: TLS toward a machine, Attach, a raw TCP client. What ends before `relay` is told when `relay` is called. */
export function streamLink(stream: Duplex): Link {
  let over = false;
  let started = false;
  const tell = (error?: Error) => {
    if (over || !started) return;
    over = true;
    link.onOver(error);
  };
  const writer = createWriter(stream, () => link.onWritten());
  const link: Link = {
    stream,
    relay(receive) {
      started = true;
      stream.on('data', (chunk: Buffer) => {
        if (!receive(chunk, 0)) stream.pause();
      });
      // A handshake may have left it paused.
      stream.resume();
      if (stream.destroyed || stream.readableEnded) tell(stream.errored ?? undefined);
    },
    resume: () => void stream.resume(),
    write: (chunk, room) => writer.write(chunk, room > 0),
    onWritten: () => {},
    onOver: () => {},
    get pending() {
      return stream.writableLength;
    },
    destroy() {
      over = true;
      stream.destroy();
    },
  };
  stream.on('error', tell);
  stream.on('end', () => tell());
  stream.on('close', () => tell(stream.errored ?? undefined));
  return link;
}
