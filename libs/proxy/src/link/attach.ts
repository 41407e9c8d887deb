import { Duplex } from 'node:stream';
import type {
  AttachControl,
  AttachEvent,
  AttachRequest,
  AttachResponse,
  Opened,
  TerminalSize,
} from '@consolemesh/contracts/stream';
import type { Role } from '@consolemesh/contracts/types';
import { isReason, MeshError } from '@consolemesh/errors';
import { type Connection, streamDefinition } from '@consolemesh/mesh';

/** What to attach to. */
export interface AttachOptions {
  readonly holder: Connection;
  readonly ticket: Buffer;
  readonly role: Role;
  /** Size of the client's terminal; serial consoles only. */
  readonly size?: TerminalSize | undefined;
  /** Ends the attempt; once attached the stream is ended by destroying it. */
  readonly signal: AbortSignal;
}

/** What a holder tells beside its bytes. */
export type AttachNotice = NonNullable<AttachEvent['event']>;
/** What a holder is asked beside our bytes. */
export type AttachWish = NonNullable<AttachControl['control']>;

/** A console that we are attached to. */
export interface Attachment {
  /** The console's bytes. */
  readonly stream: Duplex;
  /** What the holder said when the stream stood. */
  readonly opened: Opened;
  /** Asks for something; it keeps its place among the bytes that are written. */
  control(wish: AttachWish): void;
  /** Hears what the holder tells from now on, what came before first; `opened` and `closing` are not among it. To be called once. */
  listen(hear: (notice: AttachNotice) => void): void;
}

/** Largest frame of stream.v1, bytes. */
const largestFrame = 64 * 1024;
/** Notices that are kept for somebody who does not listen yet. */
const mostUnheard = 256;
/** Bytes that are sent between two looks at whether the call keeps up. */
const window = 256 * 1024;

/**
 * Attaches to a console at whoever holds it. Resolves when the holder has said that the stream stands. The stream fails with a
 * MeshError that carries the holder's reason; an end in order is the holder's closing without one. Back-pressure holds both ways: the
 * call is read only as fast as the stream is, and writes wait while the call does not take them.
 */
export async function attach(options: AttachOptions): Promise<Attachment> {
  const { holder, ticket, role, size, signal } = options;
  const call = new AbortController();
  const give = () => call.abort();
  signal.addEventListener('abort', give, { once: true });
  const requests = createRequests({ $case: 'open', value: { ticket, role, size } });
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
    return attachment(frame.value.event.value, answers, requests, call);
  } catch (error) {
    call.abort();
    throw error;
  } finally {
    signal.removeEventListener('abort', give);
  }
}

function attachment(
  opened: Opened,
  answers: AsyncIterator<AttachResponse>,
  requests: Requests,
  call: AbortController,
): Attachment {
  let reading = false;
  let hear: ((notice: AttachNotice) => void) | undefined;
  const unheard: AttachNotice[] = [];
  /** Wishes by the empty chunks that stand for them in the stream. */
  const wishes = new WeakMap<Buffer, AttachWish>();
  const stream = new Duplex({
    readableHighWaterMark: largestFrame,
    writableHighWaterMark: window,
    read() {
      if (!reading) void pump();
    },
    write(chunk: Buffer, _encoding, done) {
      const wish = wishes.get(chunk);
      requests.put(wish ? { $case: 'control', value: { control: wish } } : chunk, done);
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

  const take = (notice: AttachNotice | undefined) => {
    if (!notice) return;
    if (hear) hear(notice);
    else if (unheard.length < mostUnheard) unheard.push(notice);
  };

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
        } else take(frame?.value.event);
      }
    } catch (error) {
      if (!stream.destroyed) stream.destroy(error as Error);
    } finally {
      reading = false;
    }
  };
  return {
    stream,
    opened,
    control(wish) {
      if (stream.destroyed || stream.writableEnded) return;
      const place = Buffer.alloc(0);
      wishes.set(place, wish);
      stream.write(place);
    },
    listen(listener) {
      hear = listener;
      for (const notice of unheard.splice(0)) listener(notice);
    },
  };
}

function closingError({ reason, message }: { reason: string; message: string }): MeshError {
  return new MeshError(isReason(reason) ? reason : 'UPSTREAM_LOST', message || undefined);
}

/** What goes to the holder. */
interface Requests {
  messages(): AsyncGenerator<AttachRequest, void, undefined>;
  /** `taken` is called when the call asks for the next. */
  put(what: Buffer | AttachRequest['frame'], taken: () => void): void;
  end(): void;
}

function createRequests(open: AttachRequest['frame']): Requests {
  let pending: { what: Buffer | AttachRequest['frame']; taken: () => void } | undefined;
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
        const { what, taken } = pending;
        pending = undefined;
        if (!Buffer.isBuffer(what)) yield { frame: what };
        else {
          for (let at = 0; at < what.length && !ended; at += largestFrame) {
            yield { frame: { $case: 'data', value: what.subarray(at, at + largestFrame) } };
          }
        }
        taken();
      }
    },
    put(what, taken) {
      if (ended) return taken();
      pending = { what, taken };
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
