import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  connectToServer,
  createFramebuffer,
  createTranscoder,
  ENCODING,
  encodeSetEncodings,
  encodeSetPixelFormat,
  type Framebuffer,
  PIXEL_FORMAT,
  type Rect,
  type Transcoder,
} from '@consolemesh/rfb';
import { type Clock, systemClock } from '../../clock.ts';
import type { ScreenSource } from './screen-source.ts';

export interface VncScreenOptions {
  readonly host: string;
  readonly port: number;
  readonly password?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Attempts in a row to come back after the connection was lost; 20 unless told, then the picture stands still. */
  readonly maxAttempts?: number | undefined;
  /** Told what went wrong, in one line. */
  readonly onProblem?: ((text: string) => void) | undefined;
}

/** Another VNC server's screen, such as QEMU's, kept in memory; input goes to that server. */
export interface VncScreen extends ScreenSource, AsyncDisposable {
  readonly connected: boolean;
}

/** Time between two attempts, milliseconds: doubles from the first to the second. */
const retryMs = { first: 250, most: 5_000 };
const connectMs = 10_000;
const handshakeMs = 15_000;
const encodings = [ENCODING.CopyRect, ENCODING.Hextile, ENCODING.Raw, ENCODING.DesktopSize];

/**
 * Connects to a VNC server and mirrors it. A lost connection is made again, a bounded number of times.
 * @throws RfbError, or the error of the socket, when it cannot be reached at first
 */
export async function openVncScreen(options: VncScreenOptions): Promise<VncScreen> {
  const { clock = systemClock, maxAttempts = 20, onProblem = () => {} } = options;
  const stop = new AbortController();
  let attempts = 0;
  let retry: Disposable | undefined;
  let lookers = 0;
  let framebuffer: Framebuffer | undefined;
  let link: Link | undefined;

  const open = async () => {
    const opened = await openLink(options, stop.signal, framebuffer, () => lookers > 0);
    attempts = 0;
    framebuffer = opened.framebuffer;
    link = opened;
    opened.stream.once('close', () => {
      link = undefined;
      comeBack('the mirrored VNC server hung up');
    });
    // It may have gone while we were not listening yet.
    if (opened.stream.destroyed) opened.stream.emit('close');
  };
  const comeBack = (why: string) => {
    if (stop.signal.aborted) return;
    onProblem(why);
    if (attempts >= maxAttempts)
      return onProblem(`no answer to ${maxAttempts} attempts; the picture stands still`);
    const wait = Math.min(retryMs.most, retryMs.first * 2 ** attempts++);
    retry = clock.after(wait, () => open().catch((error: Error) => comeBack(error.message)));
  };

  await open();
  return {
    framebuffer: framebuffer!,
    get connected() {
      return link !== undefined;
    },
    look() {
      lookers++;
      link?.ask();
      let looking = true;
      return {
        [Symbol.dispose]: () => {
          if (looking) lookers--;
          looking = false;
        },
      };
    },
    key: (keysym, down) => link?.input.key(keysym, down),
    pointer: (x, y, buttons) => link?.input.pointer(x, y, buttons),
    releaseInput: () => link?.input.release(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      retry?.[Symbol.dispose]();
      link?.stream.destroy();
    },
  };
}

interface Link {
  readonly stream: Duplex;
  readonly framebuffer: Framebuffer;
  readonly input: ReturnType<typeof createInput>;
  /** Asks for what has changed, unless that was asked already. */
  ask(): void;
}

async function openLink(
  { host, port, password }: VncScreenOptions,
  stopped: AbortSignal,
  known: Framebuffer | undefined,
  watched: () => boolean,
): Promise<Link> {
  const { stream, serverInit } = await connectToServer(await dial(host, port, stopped), {
    password,
    signal: stopped,
    deadlineMs: handshakeMs,
  });
  stream.on('error', () => {});
  const { width, height } = serverInit;
  const framebuffer = known ?? createFramebuffer(width, height);
  if (framebuffer.width !== width || framebuffer.height !== height) framebuffer.resize(width, height);
  const format = PIXEL_FORMAT.rgb888;
  let asked = true;
  const ask = () => {
    if (asked) return;
    asked = true;
    stream.write(updateRequest(true, framebuffer));
  };
  const transcoder: Transcoder = createTranscoder({
    width,
    height,
    source: format,
    viewer: format,
    onUpdate(drawn) {
      copyAreas(transcoder, framebuffer, drawn);
      asked = false;
      if (watched()) ask();
    },
  });
  // Without Hextile, so that what nobody reads is made the cheap way.
  transcoder.setViewerEncodings([ENCODING.CopyRect, ENCODING.DesktopSize]);
  stream.on('data', (chunk: Buffer) => {
    try {
      // What it sends on is for viewers, and here is none.
      for (const _ of transcoder.push(chunk));
    } catch {
      stream.destroy();
    }
  });
  stream.write(
    Buffer.concat([
      encodeSetPixelFormat(format),
      encodeSetEncodings(encodings),
      updateRequest(false, framebuffer),
    ]),
  );
  return { stream, framebuffer, input: createInput(stream), ask };
}

async function dial(host: string, port: number, stopped: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([stopped, AbortSignal.timeout(connectMs)]) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function copyAreas({ screen }: Transcoder, framebuffer: Framebuffer, areas: readonly Rect[]): void {
  if (framebuffer.width !== screen.width || framebuffer.height !== screen.height)
    framebuffer.resize(screen.width, screen.height);
  for (const area of areas) {
    for (let y = area.y; y < area.y + area.height; y++) {
      const at = y * screen.width + area.x;
      framebuffer.pixels.set(screen.pixels.subarray(at, at + area.width), at);
    }
    framebuffer.changed(area);
  }
}

/** FramebufferUpdateRequest for the whole screen: `U8 3 | U8 incremental | U16 x | U16 y | U16 width | U16 height`. */
function updateRequest(incremental: boolean, { width, height }: Framebuffer): Buffer {
  const message = Buffer.alloc(10);
  message[0] = 3;
  message[1] = incremental ? 1 : 0;
  message.writeUInt16BE(width, 6);
  message.writeUInt16BE(height, 8);
  return message;
}

/** KeyEvent: `U8 4 | U8 down | 2 padding | U32 keysym`. PointerEvent: `U8 5 | U8 buttons | U16 x | U16 y`. */
function createInput(stream: Duplex) {
  const held = new Set<number>();
  const at = { x: 0, y: 0, buttons: 0 };
  const key = (keysym: number, down: boolean) => {
    if (down) held.add(keysym);
    else held.delete(keysym);
    const message = Buffer.alloc(8);
    message[0] = 4;
    message[1] = down ? 1 : 0;
    message.writeUInt32BE(keysym, 4);
    stream.write(message);
  };
  const pointer = (x: number, y: number, buttons: number) => {
    Object.assign(at, { x, y, buttons });
    const message = Buffer.alloc(6);
    message[0] = 5;
    message[1] = buttons;
    message.writeUInt16BE(x, 2);
    message.writeUInt16BE(y, 4);
    stream.write(message);
  };
  return {
    key,
    pointer,
    release() {
      for (const keysym of held) key(keysym, false);
      if (at.buttons !== 0) pointer(at.x, at.y, 0);
    },
  };
}
