import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { selfSigned } from '@consolemesh/bytes/testing';
import {
  type ConnectOptions,
  connectToServer,
  createTranscoder,
  ENCODING,
  encodeSetEncodings,
  encodeSetPixelFormat,
  type PixelFormat,
  type RfbError,
  type RfbUpstream,
} from '@consolemesh/rfb';
import { type RunningMachine, runMachine } from '../../run-machine.ts';
import type { ManualClock } from '../../testing.ts';
import type { IdracVncSettings } from '../vnc-settings.ts';
import { parseIdracVncMisbehaviour } from './misbehaviour.ts';
import { machineScreen } from './screen-source.ts';
import { type IdracVnc, type IdracVncOptions, startIdracVnc } from './start-idrac-vnc.ts';

const host = '127.0.0.1';
const identity = selfSigned('idrac-07');
export const password = 'Kx4-zz9q';

/** Enabled, on a free port, one session. */
export const enabled: IdracVncSettings = {
  enabled: true,
  port: 0,
  password,
  timeoutSeconds: 300,
  tls: false,
  lowerEncryption: false,
  maxSessions: 1,
};

export interface StartWish extends Partial<Omit<IdracVncOptions, 'settings' | 'clock'>> {
  clock?: ManualClock;
  settings?: Partial<IdracVncSettings>;
  /** Misbehaviours as they are written. */
  words?: string[];
}

/** A server that shows a machine at its login prompt. */
export async function start(wish: StartWish = {}): Promise<IdracVnc & { machine: RunningMachine }> {
  const { words = [], settings, clock, ...options } = wish;
  const machine = runMachine({ name: 'node-07', seed: 'test', stage: 'console', ...(clock && { clock }) });
  const vnc = await startIdracVnc({
    host,
    tls: identity,
    screen: machineScreen(machine, clock ?? { now: Date.now, after: () => ({ [Symbol.dispose]() {} }) }),
    settings: { ...enabled, ...settings },
    misbehave: parseIdracVncMisbehaviour(words),
    ...(clock && { clock }),
    ...options,
  });
  const dispose = vnc[Symbol.asyncDispose];
  return Object.defineProperties({} as IdracVnc & { machine: RunningMachine }, {
    ...Object.getOwnPropertyDescriptors(vnc),
    machine: { value: machine },
    [Symbol.asyncDispose]: {
      async value() {
        machine[Symbol.dispose]();
        await dispose();
      },
    },
  });
}

export function dial({ port }: { readonly port: number | undefined }): Duplex {
  if (port === undefined) throw new Error('it does not listen');
  const socket = connectTcp(port, host);
  socket.on('error', () => {});
  return socket;
}

/** The handshake of a viewer. */
export function view(
  vnc: { readonly port: number | undefined },
  options: Omit<ConnectOptions, 'stopAfterAuthentication'> = {},
): Promise<RfbUpstream> {
  return connectToServer(dial(vnc), { password, deadlineMs: 5000, ...options });
}

/** A viewer's eye: asks for a format and encodings, and keeps what it is shown. */
export function lookThrough(
  { stream, serverInit }: RfbUpstream,
  {
    encodings = [ENCODING.Hextile, ENCODING.Raw] as number[],
    format = undefined as PixelFormat | undefined,
  } = {},
) {
  const { width, height, pixelFormat } = serverInit;
  const source = format ?? pixelFormat;
  let wake = () => {};
  let updates = 0;
  let broken = false;
  const eye = createTranscoder({ width, height, source, viewer: source, onUpdate: () => updates++ });
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const _ of eye.push(chunk));
    } catch {
      broken = true;
    }
    wake();
  });
  stream.on('close', () => wake());
  if (format) stream.write(encodeSetPixelFormat(format));
  stream.write(encodeSetEncodings(encodings));
  const ask = () => {
    const request = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    request.writeUInt16BE(width, 6);
    request.writeUInt16BE(height, 8);
    stream.write(request);
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    /** The whole screen as it is now. */
    async screen(): Promise<Uint32Array> {
      const before = updates;
      ask();
      await until(() => updates > before || broken || stream.destroyed);
      if (updates === before) throw new Error('no picture that could be read');
      return eye.screen.pixels;
    },
    ask,
    get updates() {
      return updates;
    },
  };
}

export function press(stream: Duplex, ...keysyms: number[]): void {
  for (const keysym of keysyms)
    for (const down of [1, 0]) {
      // KeyEvent: U8 4 | U8 down | 2 padding | U32 keysym
      const message = Buffer.from([4, down, 0, 0, 0, 0, 0, 0]);
      message.writeUInt32BE(keysym, 4);
      stream.write(message);
    }
}

export function failure(promise: Promise<unknown>): Promise<RfbError> {
  return promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error) => error,
  );
}

/** Resolves when the other side has hung up. */
export function hungUp(stream: Duplex): Promise<void> {
  stream.resume();
  stream.on('error', () => {});
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.once('close', () => resolve());
  });
}

/** Looks again after whatever else this process has to do. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
