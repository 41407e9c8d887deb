import { Duplex } from 'node:stream';
import type { AttachControl, AttachRequest } from '@consolemesh/contracts/stream';
import { MeshError } from '@consolemesh/errors';
import { maxFrameBytes, type Outbox } from './outbox.ts';

/** What a client may ask beside its data. */
export type Control = NonNullable<AttachControl['control']>;

/**
 * A client's frames as a byte stream: reading gives the bytes of its data frames, writing sends data frames, both with back-pressure.
 * A frame that the contract does not allow destroys the stream with a MeshError.
 */
export function createClientStream(
  requests: AsyncIterator<AttachRequest>,
  outbox: Outbox,
  onControl: (control: Control) => void,
): Duplex {
  let pulling = false;

  async function pull(): Promise<void> {
    while (true) {
      const { done, value } = await requests.next();
      if (done || stream.destroyed) {
        stream.push(null);
        return;
      }
      const { frame } = value;
      if (frame?.$case === 'open') throw new MeshError('PROTOCOL_VIOLATION', 'The stream was opened twice.');
      if (frame?.$case === 'control' && frame.value.control) onControl(frame.value.control);
      if (frame?.$case === 'data' && frame.value.length > 0) {
        if (frame.value.length > maxFrameBytes) {
          throw new MeshError(
            'MESSAGE_TOO_LARGE',
            `A data frame holds at most ${maxFrameBytes} bytes, not ${frame.value.length}.`,
          );
        }
        // Pushing may ask for more at once; then that call pulls on, and this one ends.
        pulling = false;
        if (!stream.push(frame.value) || pulling) return;
        pulling = true;
      }
    }
  }

  const stream: Duplex = new Duplex({
    readableHighWaterMark: 4 * maxFrameBytes,
    writableHighWaterMark: 4 * maxFrameBytes,
    read() {
      if (pulling) return;
      pulling = true;
      pull().catch((error: Error) => stream.destroy(error));
    },
    write: (chunk: Buffer, _encoding, done) => outbox.data(chunk, done),
    // While the transport is busy writes pile up; they leave together.
    writev: (chunks, done) => outbox.data(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
  });
  return stream;
}
