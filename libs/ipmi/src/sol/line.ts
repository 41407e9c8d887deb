import type { Duplex } from 'node:stream';
import { OPERATION, SOL_STATUS, type SolPacket } from '../codec/sol.ts';
import { IpmiError } from '../errors.ts';
import type { SolConfig } from './machine.ts';
import { createSolStream } from './stream.ts';

/**
 * The serial console of a machine as a byte stream. Ends with an `error` event of SOL_STOLEN, SOL_LOST or SESSION_LOST when it was taken
 * away, and with `close` alone when this side closed it. Destroying it in any way deactivates it on the BMC.
 *
 * Events besides those of a Duplex: `break` (the machine sent a break), `overrun` (the BMC lost characters of the machine),
 * `unavailable` (boolean: the BMC cannot transfer at the moment, because the machine is off or in reset; what is written waits).
 */
export interface SolLine extends Duplex {
  /** Sends a break, before what is written but not sent yet. Resolves when the BMC has it. */
  break(): Promise<void>;
  readonly unavailable: boolean;
  /** What ended it; CLOSED when this side did. Never rejects. */
  readonly ended: Promise<IpmiError>;
  /** Deactivates and closes; resolves when both are done. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SolLineOptions {
  config: Partial<SolConfig>;
  now(): number;
  transmit(packet: SolPacket): void;
  wakeAt(at: number | undefined): void;
  /** Tells the BMC that the line is given up. Not called when the BMC took it away. */
  deactivate(): Promise<void>;
  maxBuffered?: number;
}

/** The line and what the session does with it. */
export interface SolLineEnd {
  line: SolLine;
  receive(packet: SolPacket): void;
  wake(): void;
  /** The session is over. */
  fail(error: IpmiError): void;
}

export function createSolLine(options: SolLineOptions): SolLineEnd {
  const stream = createSolStream({
    config: { ...options.config, side: 'console' },
    now: options.now,
    transmit: options.transmit,
    wakeAt: options.wakeAt,
    ...(options.maxBuffered !== undefined && { maxBuffered: options.maxBuffered }),
    onFlags(flags) {
      if (flags & SOL_STATUS.overrun) stream.emit('overrun');
      if (flags & SOL_STATUS.breakDetected) stream.emit('break');
      if (flags & SOL_STATUS.deactivated) {
        stream.destroy(new IpmiError('SOL_STOLEN', 'the BMC deactivated the serial console'));
      }
    },
    onUnavailable: (unavailable) => stream.emit('unavailable', unavailable),
    async release(error) {
      ended.resolve(error instanceof IpmiError ? error : closed());
      // Where somebody else has it by now, a Deactivate would take it away from them.
      const taken = error instanceof IpmiError && TAKEN.includes(error.code);
      if (!taken) await options.deactivate();
    },
  });
  const ended = deferred<IpmiError>();
  const close = () =>
    new Promise<void>((resolve) => {
      if (stream.closed) return resolve();
      stream.once('close', resolve);
      stream.destroy();
    });
  const line = Object.assign(stream, {
    break: () => stream.sendFlags(OPERATION.break),
    ended: ended.promise,
    close,
    [Symbol.asyncDispose]: close,
  });
  Object.defineProperty(line, 'unavailable', { get: () => stream.state.unavailable, enumerable: true });
  return {
    line: line as typeof line & { readonly unavailable: boolean },
    receive: stream.receive,
    wake: stream.wake,
    fail: (error) => void stream.destroy(error.code === 'CLOSED' ? undefined : error),
  };
}

/** After these the line is not ours any more. SOL_LOST too: a BMC that stops acknowledging often has given it to somebody silently. */
const TAKEN: readonly string[] = ['SOL_STOLEN', 'SOL_LOST', 'SESSION_LOST'];

const closed = () => new IpmiError('CLOSED', 'the line is closed');

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}
