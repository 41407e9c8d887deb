import { ENCODING, encodingName } from '../encodings.ts';
import { RfbError } from '../errors.ts';
import type { PixelFormat } from '../pixel-format.ts';
import { encodeArea } from '../screen/encode-area.ts';
import { type PixelCodec, pixelCodec } from '../screen/pixel-codec.ts';
import { parseRectHeader, RECT_HEADER_BYTES } from '../screen/rect-header.ts';
import { createScreen, isInside, type Rect, resizeScreen, type Screen } from '../screen/screen.ts';
import { createRegion, type Region } from '../server/region.ts';
import { copyFrom, DECODERS } from './decoders.ts';
import type { ServerPath } from './server-path.ts';
import { drive, type Step } from './step.ts';

/**
 * Decodes what a server sends in its own pixel format and sends it on in the viewer's format and encodings.
 * Keeps the screen, so that CopyRect works for any viewer and a picture of the console can be taken.
 */
export interface Transcoder extends ServerPath {
  readonly kind: 'transcode';
  /** From the viewer's SetPixelFormat. Takes effect with the next rectangle. */
  setViewerFormat(format: PixelFormat): void;
  /** From the viewer's SetEncodings. @returns the list to ask the server for */
  setViewerEncodings(encodings: readonly number[]): number[];
  /** What the server's screen shows; not to be written to. */
  readonly screen: Readonly<Screen>;
}

export interface TranscoderOptions {
  width: number;
  height: number;
  /** What the server sends. True colour, 8, 16 or 32 bits. */
  source: PixelFormat;
  /** What the viewer expects until it says something else: the format in the ServerInit it was sent. */
  viewer: PixelFormat;
  /** Bound on the screen's memory. Default 4096 × 4096 pixels (64 MiB). */
  maxPixels?: number | undefined;
  /** Bound on ServerCutText. Default 1 MiB. */
  maxCutTextBytes?: number | undefined;
  /**
   * Told after every complete update which areas of `screen` it drew; small ones may be joined. After a change of
   * size it is the whole screen. For whoever follows the picture without being a viewer.
   */
  onUpdate?: ((drawn: readonly Rect[]) => void) | undefined;
}

/** Encodings we can decode, best first, and pseudo-encodings that pass through for viewers that know them. */
const SOURCES = [ENCODING.CopyRect, ENCODING.Hextile, ENCODING.RRE, ENCODING.Raw];
const PSEUDO: readonly number[] = [
  ENCODING.DesktopSize,
  ENCODING.ExtendedDesktopSize,
  ENCODING.LastRect,
  ENCODING.Cursor,
  ENCODING.DesktopName,
  ENCODING.QemuExtendedKey,
  ENCODING.ExtendedMouseButtons,
];
const MAX_CURSOR_SIDE = 512;
const MAX_NAME_BYTES = 4096;
const UNTIL_LAST_RECT = 0xffff;

/** @throws RfbError when a format is not true colour or the screen is beyond `maxPixels` */
export function createTranscoder(options: TranscoderOptions): Transcoder {
  const maxPixels = options.maxPixels ?? 4096 * 4096;
  checkSize(options, maxPixels);
  const source = codecFor(options.source, 'the server');
  const state: State = {
    screen: createScreen(options.width, options.height),
    source,
    viewer: codecFor(options.viewer, 'the viewer'),
    encodings: new Set([ENCODING.Raw]),
    everAsked: new Set(),
    maxPixels,
    maxCutTextBytes: options.maxCutTextBytes ?? 1024 * 1024,
    drawn: createRegion(),
    onUpdate: options.onUpdate,
  };
  const driver = drive(messages(state));
  return {
    kind: 'transcode',
    push: (chunk) => driver.push(chunk),
    setViewerFormat(format) {
      state.viewer = codecFor(format, 'the viewer');
    },
    setViewerEncodings(encodings) {
      state.encodings = new Set(encodings);
      for (const encoding of encodings) state.everAsked.add(encoding);
      return [...SOURCES, ...PSEUDO.filter((e) => state.encodings.has(e))];
    },
    screen: state.screen,
  };
}

interface State {
  readonly screen: Screen;
  readonly source: PixelCodec;
  viewer: PixelCodec;
  encodings: ReadonlySet<number>;
  /** Every encoding ever asked for: what a viewer has just stopped asking for may still be on its way. */
  readonly everAsked: Set<number>;
  readonly maxPixels: number;
  readonly maxCutTextBytes: number;
  /** What the update that is being read has drawn so far. */
  readonly drawn: Region;
  readonly onUpdate: TranscoderOptions['onUpdate'];
}

function codecFor(format: PixelFormat, whose: string): PixelCodec {
  if (!format.trueColour) {
    throw new RfbError('PROTOCOL_VIOLATION', `${whose} uses a colour map, which can not be transcoded`);
  }
  return pixelCodec(format);
}

function checkSize({ width, height }: { width: number; height: number }, maxPixels: number): void {
  if (width * height > maxPixels) {
    throw new RfbError('LIMIT_EXCEEDED', `a screen of ${width}x${height} is beyond ${maxPixels} pixels`);
  }
}

/** Server messages: 0 FramebufferUpdate, 1 SetColourMapEntries, 2 Bell, 3 ServerCutText. */
function* messages(state: State): Step<never> {
  for (;;) {
    const type = (yield 1)[0]!;
    if (type === 0) yield* framebufferUpdate(state);
    else if (type === 1) yield* colourMap();
    else if (type === 2) yield Buffer.of(2);
    else if (type === 3) yield* cutText(state);
    else throw new RfbError('PROTOCOL_VIOLATION', `the server sent message type ${type}`);
  }
}

/** `U8 1 | padding | U16 first | U16 n | n × 3 × U16`: means nothing for true colour, so it ends here. */
function* colourMap(): Step<void> {
  const n = (yield 5).readUInt16BE(3);
  for (let i = 0; i < n; i++) yield 6;
}

/** `U8 3 | 3 padding | U32 length | Latin-1`, passed on. */
function* cutText({ maxCutTextBytes }: State): Step<void> {
  const head = Buffer.concat([Buffer.of(3), yield 7]);
  const length = head.readUInt32BE(4);
  if (length > maxCutTextBytes) {
    throw new RfbError(
      'LIMIT_EXCEEDED',
      `the server sent a clipboard of ${length} bytes (limit ${maxCutTextBytes})`,
    );
  }
  yield Buffer.concat([head, yield length]);
}

/** `U8 0 | padding | U16 n | n rectangles`. One rectangle in, one out, so the count stays true. */
function* framebufferUpdate(state: State): Step<void> {
  const head = yield 3;
  const count = head.readUInt16BE(1);
  yield Buffer.concat([Buffer.of(0), head]);
  for (let i = 0; count === UNTIL_LAST_RECT || i < count; i++) {
    const last = yield* rectangle(state);
    if (last) break;
  }
  const drawn = state.drawn.take();
  state.onUpdate?.(drawn);
}

/** @returns true for LastRect */
function* rectangle(state: State): Step<boolean> {
  const header = Buffer.from(yield RECT_HEADER_BYTES);
  const { rect, encoding } = parseRectHeader(header);
  const decoder = DECODERS.get(encoding);
  if (decoder !== undefined) {
    if (!isInside(state.screen, rect)) throw outside(rect, state.screen);
    if (state.onUpdate) state.drawn.add(rect);
    if (encoding === ENCODING.CopyRect && state.encodings.has(ENCODING.CopyRect)) {
      const from = Buffer.from(yield 4);
      copyFrom(state.screen, rect, from);
      yield Buffer.concat([header, from]);
      return false;
    }
    yield* decoder(state.screen, rect, state.source);
    for (const piece of encodeArea(state.screen, rect, state.viewer, state.encodings)) yield piece;
    return false;
  }
  if (!PSEUDO.includes(encoding) || !state.everAsked.has(encoding)) {
    throw new RfbError(
      'PROTOCOL_VIOLATION',
      `the server sent ${encodingName(encoding)}, which nobody asked for`,
    );
  }
  yield* pseudo(state, rect, encoding, header);
  return encoding === ENCODING.LastRect;
}

function* pseudo(state: State, rect: Rect, encoding: number, header: Buffer): Step<void> {
  switch (encoding) {
    case ENCODING.DesktopSize:
      setSize(state, rect);
      yield header;
      return;
    case ENCODING.ExtendedDesktopSize: {
      const head = Buffer.from(yield 4);
      const screens = yield 16 * head[0]!;
      // y = status: a refused request says nothing about the size.
      if (rect.x !== 1 || rect.y === 0) setSize(state, rect);
      yield Buffer.concat([header, head, screens]);
      return;
    }
    case ENCODING.Cursor:
      yield header;
      yield* cursor(state, rect);
      return;
    case ENCODING.DesktopName: {
      const head = Buffer.from(yield 4);
      const length = head.readUInt32BE(0);
      if (length > MAX_NAME_BYTES) throw new RfbError('LIMIT_EXCEEDED', `a desktop name of ${length} bytes`);
      yield Buffer.concat([header, head, yield length]);
      return;
    }
    default:
      yield header;
  }
}

/** Pixels in the viewer's format, the bit mask as it is; layout at encodeCursor. */
function* cursor({ source, viewer }: State, { width, height }: Rect): Step<void> {
  if (width > MAX_CURSOR_SIDE || height > MAX_CURSOR_SIDE) {
    throw new RfbError(
      'LIMIT_EXCEEDED',
      `a mouse pointer of ${width}x${height} is beyond ${MAX_CURSOR_SIDE}`,
    );
  }
  const pixels = new Uint32Array(width * height);
  source.decode(yield pixels.length * source.bytesPerPixel, 0, pixels, 0, pixels.length);
  const out = Buffer.alloc(pixels.length * viewer.bytesPerPixel);
  viewer.encode(pixels, 0, pixels.length, out, 0);
  yield out;
  yield Buffer.from(yield Math.ceil(width / 8) * height);
}

function setSize(state: State, { width, height }: Rect): void {
  checkSize({ width, height }, state.maxPixels);
  resizeScreen(state.screen, width, height);
  // Areas of the old size may lie outside the new one.
  state.drawn.take();
  if (state.onUpdate) state.drawn.add({ x: 0, y: 0, width, height });
}

function outside({ x, y, width, height }: Rect, screen: Screen): RfbError {
  return new RfbError(
    'PROTOCOL_VIOLATION',
    `the server draws ${width}x${height} at ${x},${y}, outside its screen of ${screen.width}x${screen.height}`,
  );
}
