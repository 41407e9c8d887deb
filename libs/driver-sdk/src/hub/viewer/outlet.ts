import type { AttachEvent, AttachResponse } from '@consolemesh/contracts/stream';
import { maxFrameBytes } from '../../relay/outbox.ts';

type Event = NonNullable<AttachEvent['event']>;

/**
 * What waits to be sent to one viewer, in order. A viewer that reads too slowly loses the line's bytes and no notice; once it reads again it
 * gets the screen as it is then, instead of a gap.
 */
export interface Outlet {
  /** Nothing once it was closed: what is last stays last. */
  event(event: Event): void;
  /** Bytes of the line. */
  data(bytes: Buffer): void;
  /** What waits is still sent, then the frames end. */
  close(): void;
  /** Frames in order, until closed. To be iterated once. */
  frames(): AsyncGenerator<AttachResponse>;
}

/** Most bytes of the line that wait for one viewer. */
export const maxWaitingBytes = 256 * 1024;
/** Most pieces and notices that wait, as many small ones take more memory than their bytes. */
const maxWaiting = 2048;

type Item =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'data'; readonly bytes: Buffer };

/** An empty outlet. `picture` brings a terminal of any state to that of the line. */
export function createOutlet(picture: () => Buffer): Outlet {
  let waiting: Item[] = [];
  let bytes = 0;
  let behind = false;
  let closed = false;
  let wake = () => {};

  function fallBehind(): void {
    behind = true;
    bytes = 0;
    waiting = waiting.filter(({ kind }) => kind === 'event');
  }

  /** The next data to be sent: pieces that follow each other leave together. */
  function nextData(first: Buffer): Buffer {
    const pieces = [first];
    let length = first.length;
    for (let next = waiting[0]; next?.kind === 'data' && length < maxFrameBytes; next = waiting[0]) {
      pieces.push(next.bytes);
      length += next.bytes.length;
      waiting.shift();
    }
    bytes -= length;
    return pieces.length === 1 ? first : Buffer.concat(pieces);
  }

  return {
    event(event) {
      if (closed) return;
      if (waiting.length >= maxWaiting) fallBehind();
      if (waiting.length >= maxWaiting) waiting.shift();
      waiting.push({ kind: 'event', event });
      wake();
    },
    data(piece) {
      if (behind || closed || piece.length === 0) return;
      if (bytes + piece.length > maxWaitingBytes || waiting.length >= maxWaiting) return fallBehind();
      waiting.push({ kind: 'data', bytes: piece });
      bytes += piece.length;
      wake();
    },
    close() {
      closed = true;
      wake();
    },
    async *frames() {
      while (true) {
        const item = waiting.shift();
        if (item?.kind === 'event') {
          yield { frame: { $case: 'event', value: { event: item.event } } };
        } else if (item) {
          yield* framesOf(nextData(item.bytes));
        } else if (closed) {
          return;
        } else if (behind) {
          // In one turn: what the line says from now on comes after the picture.
          behind = false;
          yield* framesOf(picture());
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

function* framesOf(data: Buffer): Generator<AttachResponse> {
  for (let at = 0; at < data.length; at += maxFrameBytes) {
    yield { frame: { $case: 'data', value: data.subarray(at, at + maxFrameBytes) } };
  }
}
