import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { ENCODING } from '../encodings.ts';
import type { PixelFormat } from '../pixel-format.ts';
import { encodeArea } from '../screen/encode-area.ts';
import { type PixelCodec, pixelCodec } from '../screen/pixel-codec.ts';
import { encodeRectHeader, encodeUpdateHeader } from '../screen/rect-header.ts';
import { encodeCursor, encodeDesktopSize, encodeExtendedDesktopSize } from './encode-update.ts';
import { clip, type Framebuffer } from './framebuffer.ts';
import { createRegion } from './region.ts';
import { readViewerMessages, type ViewerHandler } from './viewer-messages.ts';

/** What the owner of a simulated screen wants to know and decide. All optional. */
export interface ScreenEvents {
  /** `scanCode` comes from viewers that use the QEMU key extension. */
  onKey?: ((keysym: number, down: boolean, scanCode?: number) => void) | undefined;
  /** Mask: bit 0 left, 1 middle, 2 right, 3 and 4 wheel. */
  onPointer?: ((x: number, y: number, mask: number) => void) | undefined;
  onCutText?: ((text: string) => void) | undefined;
  /** A viewer asks for a size. Return true to let it be; the framebuffer is then resized. Default: refused. */
  onSetDesktopSize?: ((width: number, height: number) => boolean) | undefined;
  /** Return `starve` to never send this viewer a picture, as some BMCs do for lists they can not stand. */
  onEncodings?: ((encodings: readonly number[]) => 'serve' | 'starve') | undefined;
  /** A viewer that is starved has asked for a picture. */
  onStarved?: (() => void) | undefined;
  /** Return `ignore` to go on in the format before, as some BMCs do: the viewer then reads it wrongly. */
  onPixelFormat?: ((format: PixelFormat) => 'take' | 'ignore') | undefined;
}

/** Serves one viewer until it leaves or `signal` fires. @throws UnexpectedEnd, ReadAborted, RfbError */
export async function serveViewer(
  stream: Duplex,
  framebuffer: Framebuffer,
  initialFormat: PixelFormat,
  announceQemuKeys: boolean,
  events: ScreenEvents,
  signal: AbortSignal,
): Promise<never> {
  const dirty = createRegion();
  let codec: PixelCodec = pixelCodec(initialFormat);
  let encodings: ReadonlySet<number> = new Set();
  let starved = false;
  let requested = false;
  let sending = false;
  /** Rectangles that are no pictures and go first in the next update: sizes, cursor, announcements. */
  let pseudo: (() => Buffer)[] = [];

  const sendUpdate = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    // One update per request; a request that comes while we write waits for the next change.
    while (requested && !starved && !stream.destroyed && (pseudo.length > 0 || !dirty.empty)) {
      requested = false;
      const first = pseudo.map((make) => make());
      pseudo = [];
      const areas = dirty.take().flatMap((rect) => clip(framebuffer, rect) ?? []);
      const parts = [encodeUpdateHeader(first.length + areas.length), ...first];
      for (const rect of areas) parts.push(...encodeArea(framebuffer, rect, codec, encodings));
      if (!stream.write(Buffer.concat(parts)))
        await Promise.race([once(stream, 'drain'), closed(stream)]).catch(() => {});
    }
    sending = false;
  };

  const sizeChanged = (reason: number, status: number) => {
    if (encodings.has(ENCODING.ExtendedDesktopSize)) {
      pseudo.push(() => encodeExtendedDesktopSize(framebuffer, reason, status));
    } else if (encodings.has(ENCODING.DesktopSize)) pseudo.push(() => encodeDesktopSize(framebuffer));
  };
  const cursorChanged = () => {
    const { cursor } = framebuffer;
    if (cursor !== undefined && encodings.has(ENCODING.Cursor))
      pseudo.push(() => encodeCursor(cursor, codec));
  };
  const everything = () => dirty.add({ x: 0, y: 0, width: framebuffer.width, height: framebuffer.height });

  let resizeReason = 0;
  const unsubscribe = framebuffer.subscribe((change) => {
    if (change.kind === 'area') dirty.add(change.rect);
    else if (change.kind === 'cursor') cursorChanged();
    else {
      sizeChanged(resizeReason, 0);
      dirty.take();
      everything();
    }
    // After the painter has said everything: a repaint of several areas then leaves as one update.
    queueMicrotask(() => void sendUpdate());
  });

  const handler: ViewerHandler = {
    setPixelFormat(format) {
      if (events.onPixelFormat?.(format) !== 'ignore') codec = pixelCodec(format);
    },
    setEncodings(list) {
      encodings = new Set(list);
      starved = events.onEncodings?.(list) === 'starve';
      cursorChanged();
      if (encodings.has(ENCODING.ExtendedDesktopSize)) sizeChanged(0, 0);
      if (announceQemuKeys && encodings.has(ENCODING.QemuExtendedKey)) {
        pseudo.push(() => encodeRectHeader({ x: 0, y: 0, width: 0, height: 0 }, ENCODING.QemuExtendedKey));
      }
    },
    updateRequest(incremental, rect) {
      requested = true;
      if (starved) events.onStarved?.();
      const area = incremental ? undefined : clip(framebuffer, rect);
      if (area !== undefined) dirty.add(area);
      void sendUpdate();
    },
    key: (...args) => events.onKey?.(...args),
    pointer: (...args) => events.onPointer?.(...args),
    cutText: (text) => events.onCutText?.(text),
    setDesktopSize(width, height) {
      const allowed = width > 0 && height > 0 && (events.onSetDesktopSize?.(width, height) ?? false);
      if (!allowed) {
        sizeChanged(1, 1);
        return void sendUpdate();
      }
      resizeReason = 1;
      framebuffer.resize(width, height);
      resizeReason = 0;
    },
  };

  try {
    return await readViewerMessages(stream, handler, signal);
  } finally {
    unsubscribe();
  }
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()));
}
