import { Duplex } from 'node:stream';
import type { AttachRequest, AttachResponse } from '@consolemesh/contracts/stream';
import type { Role } from '@consolemesh/contracts/types';
import { isReason, MeshError } from '@consolemesh/errors';
import { type Connection, streamDefinition } from '@consolemesh/mesh';

/** What to attach to. */
export interface AttachOptions {
  readonly holder: Connection;
  readonly ticket: Buffer;
  readonly role: Role;
  /** Ends the attempt; once attached the stream is ended by destroying it. */
  readonly signal: AbortSignal;
}

/** Largest frame of stream.v1, bytes. */
const largestFrame = 64 * 1024;
/** Bytes that are sent between two looks at whether the call keeps up. */
const window = 256 * 1024;

/**
 * Attaches to a console at whoever holds it. Resolves when the holder has said that the stream stands. The stream fails with a
 * MeshError that carries the holder's reason; an end in order is the holder's closing without one. Back-pressure holds both ways: the
 * call is read only as fast as the stream is, and writes wait while the call does not take them.
 */
export async function attach(options: AttachOptions): Promise<Duplex> {
  const { holder, ticket, role, signal } = options;
  const call = new AbortController();
  const give = () => call.abort();
  signal.addEventListener('abort', give, { once: true });
  const requests = createRequests({ $case: 'open', value: { ticket, role, size: undefined } });
  try {
    const answers = holder
      .client(streamDefinition)
      .attach(requests.messages(), { signal: call.signal })
      [Symbol.asyncIterator]();
    const first = await answers.next();
    if (first.done) throw new MeshError('UPSTREAM_CLOSED');
    const { frame } = first.value;
    if (frame?.$case === 'event' && frame.value.event?.$case === 'closing')
      throw closingError(frame.value.event.value);
    if (frame?.$case !== 'event' || frame.value.event?.$case !== 'opened') {
      throw new MeshError(
        'PLUGIN_ANSWER_INVALID',
        'The holder of the stream sent data before it said that the stream stands.',
      );
    }
    return duplexOf(answers, requests, call);
  } catch (error) {
    call.abort();
    throw error;
  } finally {
    signal.removeEventListener('abort', give);
  }
}

function duplexOf(answers: AsyncIterator<AttachResponse>, requests: Requests, call: AbortController): Duplex {
  let reading = false;
  const stream = new Duplex({
    readableHighWaterMark: largestFrame,
    writableHighWaterMark: window,
    read() {
      if (!reading) void pump();
    },
    write(chunk: Buffer, _encoding, done) {
      requests.put(chunk, done);
    },
    final(done) {
      requests.end();
      done();
    },
    destroy(error, done) {
      requests.end();
      call.abort();
      done(error);
    },
  });

  /** Reads until the stream has enough. */
  const pump = async (): Promise<void> => {
    reading = true;
    try {
      for (;;) {
        const { done, value } = await answers.next();
        if (done) return void stream.push(null);
        const { frame } = value;
        if (frame?.$case === 'data') {
          if (frame.value.length > 0 && !stream.push(frame.value)) return;
        } else if (frame?.value.event?.$case === 'closing') {
          const { reason } = frame.value.event.value;
          if (reason === '' || reason === 'UPSTREAM_CLOSED') return void stream.push(null);
          return void stream.destroy(closingError(frame.value.event.value));
        }
      }
    } catch (error) {
      if (!stream.destroyed) stream.destroy(error as Error);
    } finally {
      reading = false;
    }
  };
  return stream;
}

function closingError({ reason, message }: { reason: string; message: string }): MeshError {
  return new MeshError(isReason(reason) ? reason : 'UPSTREAM_LOST', message || undefined);
}

/** What goes to the holder. */
interface Requests {
  messages(): AsyncGenerator<AttachRequest, void, undefined>;
  /** `taken` is called when the call asks for the next. */
  put(chunk: Buffer, taken: () => void): void;
  end(): void;
}

function createRequests(open: AttachRequest['frame']): Requests {
  let pending: { chunk: Buffer; taken: () => void } | undefined;
  let wake: (() => void) | undefined;
  let ended = false;
  return {
    async *messages() {
      yield { frame: open };
      while (!ended) {
        if (!pending) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const { chunk, taken } = pending;
        pending = undefined;
        for (let at = 0; at < chunk.length && !ended; at += largestFrame) {
          yield { frame: { $case: 'data', value: chunk.subarray(at, at + largestFrame) } };
        }
        taken();
      }
    },
    put(chunk, taken) {
      if (ended) return taken();
      pending = { chunk, taken };
      wake?.();
    },
    end() {
      ended = true;
      pending?.taken();
      pending = undefined;
      wake?.();
    },
  };
}
