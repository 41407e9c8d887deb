import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isReason, MeshError } from '@consolemesh/errors';
import { createFrameReader, encodeFrames, frameType, longestPayload } from '@consolemesh/proxy/line-frames';
import { CommandError } from '../exit-codes.ts';
import type { DoorAddress } from './door-address.ts';
import type { DoorMessage } from './messages.ts';

/** What a connection to the line door tells. */
export interface DoorHandlers {
  data(bytes: Buffer): void;
  message(message: DoorMessage): void;
  /** It is over; after `closing`, or without a word. */
  over(): void;
}

/** A console that is open. */
export interface Door {
  /** Types. False: wait for `onWritten` before more. */
  type(bytes: Buffer): boolean;
  say(message: object): void;
  /** The connection takes more. */
  onWritten: () => void;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Bytes of the door's first line at most, and how long it may take, ms. */
const [longestLine, answerMs] = [4096, 30_000];

/**
 * Connects, says the first line and waits for the answer.
 * @throws MeshError with the reason of the refusal, CommandError when nobody answers
 */
export async function openDoor(
  address: DoorAddress,
  words: string,
  handlers: DoorHandlers,
  signal: AbortSignal,
): Promise<Door> {
  const where = `the line door at ${address.host}:${address.port}`;
  const socket = dial(address);
  const line = await firstLine(socket, words, AbortSignal.any([signal, AbortSignal.timeout(answerMs)])).catch(
    (error: unknown) => {
      socket.destroy();
      throw unreachable(error, where, address);
    },
  );
  const [protocol, answer, reason = '', ...rest] = line.text.split(' ');
  if (protocol !== 'consolemesh/1' || (answer !== 'opened' && answer !== 'refused')) {
    socket.destroy();
    throw unreachable(new Error('what answers is no line door'), where, address);
  }
  if (answer === 'refused') {
    socket.destroy();
    throw new MeshError(isReason(reason) ? reason : 'INTERNAL', rest.join(' ') || undefined);
  }
  return carry(socket, line.rest, handlers);
}

function carry(socket: Socket, rest: Buffer, handlers: DoorHandlers): Door {
  const reader = createFrameReader(
    {
      data(bytes) {
        handlers.data(bytes);
        return true;
      },
      control(text) {
        const message = parse(text);
        if (message) handlers.message(message);
      },
      // No frame is longer than what is taken here.
      tooLong: () => {},
    },
    longestPayload,
  );
  const door: Door = {
    type: (bytes) => socket.write(encodeFrames(frameType.data, bytes)),
    say: (message) =>
      void socket.write(encodeFrames(frameType.control, Buffer.from(JSON.stringify(message)))),
    onWritten: () => {},
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.destroy(),
  };
  socket.setKeepAlive(true, 15_000);
  socket.on('drain', () => door.onWritten());
  socket.on('data', (chunk: Buffer) => void reader.push(chunk));
  socket.once('end', () => socket.destroy());
  socket.once('close', handlers.over);
  // What came behind the first line, once whoever opened it has the door in hand.
  setImmediate(() => {
    reader.push(rest);
    socket.resume();
  });
  socket.pause();
  return door;
}

function dial({ host, port, tls }: DoorAddress): Socket {
  const socket = tls
    ? connectTls({
        host,
        port,
        ...(tls.ca ? { ca: tls.ca } : {}),
        ...(isIP(host) ? {} : { servername: host }),
      })
    : connectTcp({ host, port });
  socket.setNoDelay(true);
  // A connection that breaks says so by `close`.
  socket.on('error', () => {});
  return socket;
}

/** Says the words and reads one line; what comes behind it stays. */
function firstLine(
  socket: Socket,
  words: string,
  signal: AbortSignal,
): Promise<{ text: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let all = Buffer.alloc(0);
    const done = (finish: () => void) => {
      socket.off('data', take).off('close', ended).off('error', failed);
      signal.removeEventListener('abort', late);
      finish();
    };
    const take = (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      const end = all.indexOf(10);
      if (end < 0 && all.length > longestLine) return failed(new Error('what answers is no line door'));
      if (end < 0) return;
      socket.pause();
      done(() => resolve({ text: all.toString('utf8', 0, end).trimEnd(), rest: all.subarray(end + 1) }));
    };
    const ended = () => failed(new Error('it hung up'));
    const failed = (error: Error) => done(() => reject(error));
    const late = () => failed(Object.assign(new Error('it did not answer in time'), { code: 'ETIMEDOUT' }));
    socket.on('data', take).once('close', ended).once('error', failed);
    signal.addEventListener('abort', late, { once: true });
    socket.write(`consolemesh/1 ${words}\n`);
  });
}

function unreachable(error: unknown, where: string, { tls }: DoorAddress): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'ECONNREFUSED'
      ? 'nobody listens there'
      : code === 'ENOTFOUND'
        ? 'the name is not known'
        : message;
  const hint = hintFor(error, tls !== undefined);
  return new CommandError(`${where} cannot be used: ${why}`, {
    ...{ reason: 'UNAVAILABLE', exitCode: 5, hint, cause: error },
  });
}

/** What to do about a door that does not open. */
function hintFor(error: unknown, overTls: boolean): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Say with --door the name that its certificate is for.';
  if (overTls && /CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return 'Name the authority of its certificate with --door-ca.';
  }
  // Who is spoken to in the clear and wants TLS hangs up.
  if (!overTls && code === '')
    return 'If it speaks TLS, name the authority of its certificate with --door-ca.';
  return 'Say where it is with --door host:port (CONSOLEMESH_LINE_LISTEN of the serial proxy).';
}

/** Words come from elsewhere, and must not steer a terminal. */
function withoutControls(_: string, value: unknown): unknown {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  return typeof value === 'string' ? value.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ') : value;
}

function parse(text: string): DoorMessage | undefined {
  try {
    const message: unknown = JSON.parse(text, withoutControls);
    return typeof message === 'object' && message !== null && 'type' in message
      ? (message as DoorMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
