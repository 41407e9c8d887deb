import type { Duplex } from 'node:stream';
import { ReadAborted, UnexpectedEnd } from '@consolemesh/bytes';
import { type AcceptOptions, acceptClient } from '../accept/accept-client.ts';
import { RfbError } from '../errors.ts';
import { PIXEL_FORMAT, type PixelFormat } from '../pixel-format.ts';
import { encodeServerInit } from '../server-init.ts';
import type { Framebuffer } from './framebuffer.ts';
import { type ScreenEvents, serveViewer } from './serve-viewer.ts';

/** A VNC server for a framebuffer in memory: what a simulated BMC, a test or a demo shows. */
export interface FramebufferServer {
  /**
   * Handshake, then pictures and input until the viewer leaves. Resolves when it is gone.
   * @throws RfbError when the handshake fails or the viewer breaks the protocol; the stream is destroyed
   */
  serve(stream: Duplex, accept?: AcceptOptions): Promise<void>;
  /** Viewers past the handshake. */
  readonly viewers: number;
  /** Rings at every viewer. */
  bell(): void;
  /** Puts text (Latin-1) on every viewer's clipboard. */
  cutText(text: string): void;
  /** Hangs up on every viewer. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface FramebufferServerOptions extends ScreenEvents {
  framebuffer: Framebuffer;
  /** Desktop name. */
  name?: string | undefined;
  /** What is announced in ServerInit. Default rgb888. */
  pixelFormat?: PixelFormat | undefined;
  /** Handshake settings for every viewer; `serve` can override them. */
  accept?: AcceptOptions | undefined;
  /** Announce the QEMU key extension (scan codes). Default false. */
  qemuKeys?: boolean | undefined;
  /** A viewer that does not share disconnects the others, as libvncserver does. Default false. */
  exclusive?: boolean | undefined;
  /** Told how many viewers are past the handshake, whenever one comes or goes. */
  onViewers?: ((viewers: number) => void) | undefined;
}

export function createFramebufferServer(options: FramebufferServerOptions): FramebufferServer {
  const { framebuffer, name = 'consolemesh', pixelFormat = PIXEL_FORMAT.rgb888 } = options;
  const streams = new Set<Duplex>();
  const running = new Set<Promise<void>>();
  const stop = new AbortController();

  const serve = async (raw: Duplex, accept: AcceptOptions): Promise<void> => {
    const { stream, shared } = await acceptClient(raw, { signal: stop.signal, ...accept });
    if (!shared && options.exclusive) for (const other of streams) other.destroy();
    streams.add(stream);
    options.onViewers?.(streams.size);
    // The reader of the message loop reports errors; this one is for what comes after it has ended.
    stream.on('error', () => {});
    try {
      stream.write(
        encodeServerInit({ width: framebuffer.width, height: framebuffer.height, pixelFormat, name }),
      );
      await serveViewer(stream, framebuffer, pixelFormat, options.qemuKeys ?? false, options, stop.signal);
    } catch (error) {
      if (error instanceof ReadAborted || error instanceof UnexpectedEnd) return;
      if (error instanceof RangeError)
        throw new RfbError('PROTOCOL_VIOLATION', error.message, { cause: error });
      throw error;
    } finally {
      streams.delete(stream);
      stream.destroy();
      options.onViewers?.(streams.size);
    }
  };

  return {
    async serve(stream, accept = {}) {
      const work = serve(stream, { ...options.accept, ...accept });
      running.add(work);
      try {
        await work;
      } finally {
        running.delete(work);
      }
    },
    get viewers() {
      return streams.size;
    },
    bell() {
      for (const stream of streams) stream.write(Buffer.of(2));
    },
    cutText(text) {
      // ServerCutText: U8 3 | 3 padding | U32 length | Latin-1
      const body = Buffer.from(text, 'latin1');
      const message = Buffer.alloc(8 + body.length);
      message[0] = 3;
      message.writeUInt32BE(body.length, 4);
      body.copy(message, 8);
      for (const stream of streams) stream.write(message);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.allSettled(running);
    },
  };
}
