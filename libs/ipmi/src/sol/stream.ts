import { Duplex } from 'node:stream';
import type { SolPacket } from '../codec/sol.ts';
import { IpmiError } from '../errors.ts';
import {
  canSend,
  refused,
  type SolConfig,
  type SolEvent,
  type SolState,
  solStart,
  solStep,
  solWakesAt,
} from './machine.ts';

/** A serial line over SOL as a byte stream: what is written goes to the other end in order, what comes is read. Either end. */
export interface SolStream extends Duplex {
  /** A packet of the other end came in. */
  receive(packet: SolPacket): void;
  /** The time that `wakeAt` was told has come. */
  wake(): void;
  /**
   * Sends flags by themselves, before what is written but not sent yet.
   * @returns when the other end has acknowledged them
   */
  sendFlags(flags: number): Promise<void>;
  readonly state: SolState;
}

export interface SolStreamOptions {
  config: Partial<SolConfig>;
  now(): number;
  transmit(packet: SolPacket): void;
  wakeAt(at: number | undefined): void;
  /** Flag bits of the other end. */
  onFlags?(flags: number): void;
  /** The other end can, or cannot, transfer characters. */
  onUnavailable?(unavailable: boolean): void;
  /** Characters that are kept for a slow reader, bytes; beyond, the other end is told to wait. Default 64 KiB. */
  maxBuffered?: number;
  /** Of so much room, how many characters are taken. Default all. */
  room?(free: number): number;
  /** Acknowledges ride on data where there is some. Default false: no widespread client does that, so few BMCs were tested with it. */
  piggyback?: boolean;
  /** Called before the stream is gone. */
  release?(error: Error | null): Promise<void>;
  /** Least time between refusals while the reader is stuck, ms. Default 100. */
  refusalMs?: number;
}

interface Flags {
  flags: number;
  done(error?: Error): void;
}

/** Flags that may wait: each is a keypress of somebody. */
const MOST_FLAGS = 16;

export function createSolStream(options: SolStreamOptions): SolStream {
  const { now, maxBuffered = 64 * 1024, piggyback = false, refusalMs = 100 } = options;
  let state = solStart(options.config);
  let writing: { rest: Buffer; done: (error?: Error | null) => void } | undefined;
  let sending: { bytes: number } | Flags | undefined;
  const flagQueue: Flags[] = [];
  let acknowledgeAt: number | undefined;
  let refusedAt = Number.NEGATIVE_INFINITY;

  function apply(event: SolEvent): void {
    const before = state.unavailable;
    const step = solStep(state, event, now());
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'transmit') options.transmit(effect.packet);
      else if (effect.kind === 'deliver') stream.push(effect.characters);
      else if (effect.kind === 'flags') options.onFlags?.(effect.flags);
      else if (effect.kind === 'sent') onSent();
      else stream.destroy(new IpmiError('SOL_LOST', 'serial data is not acknowledged any more'));
    }
    if (state.unavailable !== before) options.onUnavailable?.(state.unavailable);
  }

  function onSent(): void {
    const sent = sending;
    sending = undefined;
    if (sent === undefined) return;
    if ('done' in sent) return void sent.done();
    if (writing === undefined) return;
    writing.rest = writing.rest.subarray(sent.bytes);
    if (writing.rest.length > 0) return;
    const { done } = writing;
    writing = undefined;
    done();
  }

  function feed(): void {
    while (!stream.destroyed && canSend(state) && sending === undefined) {
      const flags = flagQueue.shift();
      if (flags !== undefined) {
        sending = flags;
        apply({ kind: 'send', characters: Buffer.alloc(0), flags: flags.flags });
      } else if (writing !== undefined) {
        const characters = writing.rest.subarray(0, state.config.maxCharacters);
        sending = { bytes: characters.length };
        apply({ kind: 'send', characters });
      } else break;
    }
  }

  /** A reader that is stuck shall not make two machines throw refusals at each other as fast as the network goes. */
  function acknowledge(): void {
    if (!state.owes) return;
    if (refused(state.last)) {
      acknowledgeAt = Math.max(now(), refusedAt + refusalMs);
      if (acknowledgeAt > now()) return;
      refusedAt = now();
    }
    acknowledgeAt = undefined;
    apply({ kind: 'acknowledge' });
  }

  function arm(): void {
    if (stream.destroyed) return void options.wakeAt(undefined);
    const wake = solWakesAt(state);
    options.wakeAt(acknowledgeAt === undefined ? wake : Math.min(acknowledgeAt, wake ?? acknowledgeAt));
  }

  function turn(act: () => void): void {
    if (stream.destroyed) return;
    act();
    if (!piggyback) acknowledge();
    feed();
    acknowledge();
    arm();
  }

  const stream = Object.assign(
    new Duplex({
      readableHighWaterMark: maxBuffered,
      writableHighWaterMark: 16 * 1024,
      // Room is looked up when a packet comes; a reader that takes again needs no further notice.
      read() {},
      write: (chunk: Buffer, _encoding, done) => write(chunk, done),
      writev: (chunks, done) => write(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
      destroy(error, done) {
        options.wakeAt(undefined);
        const gone = error ?? new IpmiError('CLOSED', 'the line is closed');
        for (const { done: flagsDone } of flagQueue.splice(0)) flagsDone(gone);
        if (sending && 'done' in sending) sending.done(gone);
        const interrupted = writing;
        writing = undefined;
        interrupted?.done(gone);
        Promise.resolve(options.release?.(error)).then(
          () => done(error),
          () => done(error),
        );
      },
    }),
    {
      receive(packet: SolPacket) {
        const free = maxBuffered - stream.readableLength;
        const room = options.room?.(free) ?? free;
        turn(() => apply({ kind: 'packet', packet, room }));
      },
      wake: () => turn(() => apply({ kind: 'time' })),
      sendFlags(flags: number) {
        return new Promise<void>((resolve, reject) => {
          if (stream.destroyed) return reject(new IpmiError('CLOSED', 'the line is closed'));
          if (flagQueue.length >= MOST_FLAGS) {
            return reject(new IpmiError('OVERLOADED', `${MOST_FLAGS} breaks wait on this line`));
          }
          flagQueue.push({ flags, done: (error) => (error ? reject(error) : resolve()) });
          turn(() => {});
        });
      },
    },
  );
  Object.defineProperty(stream, 'state', { get: () => state, enumerable: true });

  function write(chunk: Buffer, done: (error?: Error | null) => void): void {
    writing = { rest: chunk, done };
    turn(() => {});
  }

  return stream as typeof stream & { readonly state: SolState };
}
