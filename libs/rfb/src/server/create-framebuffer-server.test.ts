import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { byteWriter } from '@consolemesh/bytes';
import { trickle } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import { type ConnectOptions, connectToServer } from '../client/connect-to-server.ts';
import { ENCODING } from '../encodings.ts';
import { encodeSetEncodings } from '../filter/set-encodings.ts';
import { encodeSetPixelFormat } from '../filter/set-pixel-format.ts';
import { PIXEL_FORMAT } from '../pixel-format.ts';
import { connection, failure } from '../testing.ts';
import { createTranscoder, type Transcoder } from '../transcode/create-transcoder.ts';
import { createFramebufferServer, type FramebufferServerOptions } from './create-framebuffer-server.ts';
import { createFramebuffer, type Framebuffer } from './framebuffer.ts';

const { Raw, Hextile, DesktopSize, ExtendedDesktopSize, Cursor, QemuExtendedKey } = ENCODING;

/** A viewer that keeps what it is shown in a transcoder's screen. */
interface Viewer {
  stream: Duplex;
  eye: Transcoder;
  /** Resolves when the condition holds; checked after everything that arrives. */
  until(condition: () => boolean): Promise<void>;
  ask(incremental?: boolean): void;
}

async function view(
  server: ReturnType<typeof createFramebufferServer>,
  framebuffer: Framebuffer,
  {
    encodings = [Raw],
    format = PIXEL_FORMAT.rgb888,
    n = 65_536,
    ...connect
  }: Partial<ConnectOptions> & {
    encodings?: number[];
    format?: typeof PIXEL_FORMAT.rgb888;
    n?: number;
  } = {},
): Promise<Viewer> {
  const { viewer, server: end } = connection();
  server.serve(trickle(end, n)).catch(() => {});
  const { stream } = await connectToServer(viewer, { ...connect, stopAfterAuthentication: false });
  const { width, height } = framebuffer;
  const eye = createTranscoder({ width, height, source: format, viewer: format });
  eye.setViewerEncodings(encodings);
  stream.write(Buffer.concat([encodeSetPixelFormat(format), encodeSetEncodings(encodings)]));
  let wake = () => {};
  stream.on('data', (chunk: Buffer) => {
    for (const _ of eye.push(chunk));
    wake();
  });
  return {
    stream,
    eye,
    async until(condition) {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    ask(incremental = true) {
      stream.write(
        byteWriter()
          .u8(3)
          .u8(incremental ? 1 : 0)
          .u32(0)
          .u16(width)
          .u16(height)
          .toBuffer(),
      );
    },
  };
}

function start(options: Partial<FramebufferServerOptions> = {}) {
  const framebuffer = createFramebuffer(100, 60);
  framebuffer.fill({ x: 10, y: 10, width: 50, height: 20 }, 0xff0000);
  return { framebuffer, server: createFramebufferServer({ framebuffer, name: 'sim', ...options }) };
}

const same = (v: Viewer, f: Framebuffer) => () =>
  Buffer.compare(Buffer.from(v.eye.screen.pixels.buffer), Buffer.from(f.pixels.buffer)) === 0;

describe('createFramebufferServer', () => {
  it.each([
    [[Raw], 'rgb888'],
    [[Hextile], 'rgb565'],
    [[Hextile, Raw], 'bgr888'],
  ] as const)('shows a viewer with %j in %s the picture and then what changes', async (encodings, format) => {
    const { framebuffer, server } = start();
    const viewer = await view(server, framebuffer, {
      encodings: [...encodings],
      format: PIXEL_FORMAT[format] as never,
    });
    viewer.ask(false);
    await viewer.until(same(viewer, framebuffer));
    viewer.ask();
    framebuffer.fill({ x: 90, y: 50, width: 50, height: 50 }, 0x00ff00);
    await viewer.until(same(viewer, framebuffer));
    await server[Symbol.asyncDispose]();
    expect(server.viewers).toBe(0);
  });

  it('waits with an incremental answer until something changes', async () => {
    const { framebuffer, server } = start();
    const viewer = await view(server, framebuffer);
    let bytes = 0;
    viewer.stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    viewer.ask();
    // The bell overtakes nothing: whatever an update would have sent had to come before it.
    server.bell();
    await viewer.until(() => bytes > 0);
    expect(bytes).toBe(1);
    framebuffer.fill({ x: 0, y: 0, width: 2, height: 2 }, 0xffffff);
    await viewer.until(() => bytes > 1);
    expect(bytes).toBe(1 + 4 + 12 + 16);
  });

  it('reports keys, pointer and clipboard, one byte at a time', async () => {
    const seen: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      const { framebuffer, server } = start({
        qemuKeys: true,
        onKey: (...args) => seen.push(['key', ...args]),
        onPointer: (...args) => seen.push(['pointer', ...args]),
        onCutText: (text) => {
          seen.push(['text', text]);
          resolve();
        },
      });
      void view(server, framebuffer, { encodings: [Raw, QemuExtendedKey], n: 1 }).then(({ stream }) => {
        stream.write(byteWriter().u8(4).u8(1).u16(0).u32(0xff0d).toBuffer());
        stream.write(byteWriter().u8(255).u8(0).u16(0).u32(97).u32(30).toBuffer());
        stream.write(byteWriter().u8(5).u8(4).u16(7).u16(9).toBuffer());
        stream.write(byteWriter().u8(6).zeros(3).u32(5).text('hello').toBuffer());
      });
    });
    await done;
    expect(seen).toEqual([
      ['key', 0xff0d, true],
      ['key', 97, false, 30],
      ['pointer', 7, 9, 4],
      ['text', 'hello'],
    ]);
  });

  it.each([[DesktopSize], [ExtendedDesktopSize]])(
    'tells a viewer with %i that the size changed',
    async (encoding) => {
      const { framebuffer, server } = start();
      const viewer = await view(server, framebuffer, { encodings: [Raw, encoding] });
      viewer.ask(false);
      await viewer.until(same(viewer, framebuffer));
      viewer.ask();
      framebuffer.resize(64, 32);
      await viewer.until(() => viewer.eye.screen.width === 64 && same(viewer, framebuffer)());
    },
  );

  it('lets a viewer change the size where it may', async () => {
    const { framebuffer, server } = start({ onSetDesktopSize: (w) => w < 500 });
    const viewer = await view(server, framebuffer, { encodings: [Raw, ExtendedDesktopSize] });
    const resize = (w: number) => byteWriter().u8(251).u8(0).u16(w).u16(50).u8(1).u8(0).zeros(16).toBuffer();
    viewer.stream.write(resize(600));
    viewer.stream.write(resize(80));
    viewer.ask();
    await viewer.until(() => viewer.eye.screen.width === 80);
    expect(framebuffer.height).toBe(50);
  });

  it('draws the pointer at viewers that can', async () => {
    const { framebuffer, server } = start();
    framebuffer.setCursor({
      width: 2,
      height: 1,
      hotX: 0,
      hotY: 0,
      pixels: Uint32Array.of(1, 2),
      mask: Uint8Array.of(1, 0),
    });
    const { stream } = await view(server, framebuffer, { encodings: [Raw, Cursor] });
    stream.removeAllListeners('data');
    stream.write(byteWriter().u8(3).u8(1).u32(0).u16(1).u16(1).toBuffer());
    const [update] = await once(stream, 'data');
    expect(update.toString('hex')).toBe('00000001' + '0000000000020001ffffff11' + '0100000002000000' + '80');
  });

  it('starves a viewer when told to, as a BMC with a bad list of encodings does', async () => {
    let starved = 0;
    const { framebuffer, server } = start({
      onEncodings: (list) => (list[0] === ENCODING.CopyRect ? 'starve' : 'serve'),
      // The bell comes after the request was heard, and so would a picture have.
      onStarved() {
        starved++;
        server.bell();
      },
    });
    const viewer = await view(server, framebuffer, { encodings: [ENCODING.CopyRect, Raw] });
    let bytes = 0;
    viewer.stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    viewer.ask(false);
    await viewer.until(() => bytes > 0);
    expect(bytes).toBe(1);
    expect(starved).toBe(1);
    viewer.stream.write(encodeSetEncodings([Raw]));
    viewer.ask(false);
    await viewer.until(same(viewer, framebuffer));
    expect(starved).toBe(1);
  });

  it('stays in its format when told to, whatever a viewer asks for', async () => {
    const { rgb555, rgb888 } = PIXEL_FORMAT;
    const { framebuffer, server } = start({ pixelFormat: rgb555, onPixelFormat: () => 'ignore' });
    const viewer = await view(server, framebuffer, { format: rgb555 });
    viewer.stream.write(encodeSetPixelFormat(rgb888));
    viewer.ask(false);
    await viewer.until(same(viewer, framebuffer));
  });

  it('tells how many viewers are past the handshake', async () => {
    const counts: number[] = [];
    const { framebuffer, server } = start({ onViewers: (viewers) => counts.push(viewers) });
    const first = await view(server, framebuffer);
    await view(server, framebuffer);
    expect(counts).toEqual([1, 2]);
    const gone = once(first.stream, 'close');
    first.stream.destroy();
    await gone;
    await server[Symbol.asyncDispose]();
    expect(counts).toEqual([1, 2, 1, 0]);
  });

  it('disconnects the others for an exclusive viewer where that is the rule', async () => {
    const { framebuffer, server } = start({ exclusive: true });
    const first = await view(server, framebuffer);
    const gone = once(first.stream, 'end');
    await view(server, framebuffer, { shared: false });
    await gone;
    expect(server.viewers).toBe(1);
  });

  it('ends a viewer that breaks the protocol', async () => {
    const { framebuffer, server } = start();
    const { viewer, server: end } = connection();
    const ended = failure(server.serve(end));
    const { stream } = await connectToServer(viewer);
    stream.write(Buffer.from([99]));
    expect(await ended).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(server.viewers).toBe(0);
    expect(framebuffer.width).toBe(100);
  });
});
