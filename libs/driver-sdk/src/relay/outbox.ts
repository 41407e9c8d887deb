import type { AttachEvent, AttachResponse } from '@consolemesh/contracts/stream';

/** Most bytes of one data frame, as the contract says. */
export const maxFrameBytes = 64 * 1024;
/** Notices that may wait; a client that takes none for so long has lost interest in them. */
const maxEvents = 64;

/** What waits to be sent to one client: notices first, then at most one piece of data. */
export interface Outbox {
  /** Queues a notice. */
  event(event: NonNullable<AttachEvent['event']>): void;
  /** Hands over data; `taken` is called when the transport wants more. One at a time. */
  data(bytes: Buffer, taken: () => void): void;
  /** What was handed over is still sent, then the frames end. */
  close(): void;
  /** Frames in order, until closed. To be iterated once. */
  frames(): AsyncGenerator<AttachResponse>;
}

/** An empty outbox. */
export function createOutbox(): Outbox {
  const events: NonNullable<AttachEvent['event']>[] = [];
  let pending: { bytes: Buffer; taken: () => void } | undefined;
  let closed = false;
  let wake = () => {};

  return {
    event(event) {
      if (events.length >= maxEvents) events.shift();
      events.push(event);
      wake();
    },
    data(bytes, taken) {
      if (closed) return taken();
      pending = { bytes, taken };
      wake();
    },
    close() {
      closed = true;
      wake();
    },
    async *frames() {
      while (true) {
        const event = events.shift();
        if (event) {
          yield { frame: { $case: 'event', value: { event } } };
        } else if (pending) {
          const { bytes, taken } = pending;
          pending = undefined;
          for (let at = 0; at < bytes.length; at += maxFrameBytes) {
            yield { frame: { $case: 'data', value: bytes.subarray(at, at + maxFrameBytes) } };
          }
          taken();
        } else if (closed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
