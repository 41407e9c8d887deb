import { ENCODING } from '../encodings.ts';
import { RfbError } from '../errors.ts';
import { HEXTILE, TILE } from '../screen/hextile.ts';
import type { PixelCodec } from '../screen/pixel-codec.ts';
import { copyArea, fillRect, isInside, type Rect, type Screen } from '../screen/screen.ts';
import type { Step } from './step.ts';

/** Reads one rectangle's payload into the screen. The rectangle is inside the screen. */
export type Decoder = (screen: Screen, rect: Rect, codec: PixelCodec) => Step<void>;

/** Raw (0): rows of pixels. */
function* raw(screen: Screen, { x, y, width, height }: Rect, codec: PixelCodec): Step<void> {
  for (let row = y; row < y + height; row++) {
    const pixels = yield width * codec.bytesPerPixel;
    codec.decode(pixels, 0, screen.pixels, row * screen.width + x, width);
  }
}

/** CopyRect (1): `U16 source x | U16 source y`. */
function* copyRect(screen: Screen, rect: Rect): Step<void> {
  copyFrom(screen, rect, yield 4);
}

/** @param payload the four bytes of a CopyRect rectangle */
export function copyFrom(screen: Screen, rect: Rect, payload: Buffer): void {
  const from = { x: payload.readUInt16BE(0), y: payload.readUInt16BE(2) };
  if (!isInside(screen, { ...from, width: rect.width, height: rect.height })) {
    throw new RfbError(
      'PROTOCOL_VIOLATION',
      `the server copies from ${from.x},${from.y}, outside the screen`,
    );
  }
  copyArea(screen, from, rect);
}

/** RRE (2): `U32 n | pixel background`, then n × `pixel | U16 x | U16 y | U16 width | U16 height`. */
function* rre(screen: Screen, rect: Rect, codec: PixelCodec): Step<void> {
  const pixel = new Uint32Array(1);
  const bytes = codec.bytesPerPixel;
  const head = yield 4 + bytes;
  const count = head.readUInt32BE(0);
  if (count > rect.width * rect.height) {
    throw new RfbError('PROTOCOL_VIOLATION', `an RRE rectangle of ${count} parts has more parts than pixels`);
  }
  codec.decode(head, 4, pixel, 0, 1);
  fillRect(screen, rect, pixel[0]!);
  for (let i = 0; i < count; i++) {
    const b = yield bytes + 8;
    codec.decode(b, 0, pixel, 0, 1);
    const part = {
      x: b.readUInt16BE(bytes),
      y: b.readUInt16BE(bytes + 2),
      width: b.readUInt16BE(bytes + 4),
      height: b.readUInt16BE(bytes + 6),
    };
    fillPart(screen, rect, part, pixel[0]!);
  }
}

/** Hextile (5): layout in screen/hextile.ts. */
function* hextile(screen: Screen, rect: Rect, codec: PixelCodec): Step<void> {
  const pixel = new Uint32Array(1);
  const bytes = codec.bytesPerPixel;
  let background = 0;
  let foreground = 0;
  for (let y = rect.y; y < rect.y + rect.height; y += TILE) {
    const height = Math.min(TILE, rect.y + rect.height - y);
    for (let x = rect.x; x < rect.x + rect.width; x += TILE) {
      const tile = { x, y, width: Math.min(TILE, rect.x + rect.width - x), height };
      const mask = (yield 1)[0]!;
      if (mask & HEXTILE.raw) {
        yield* raw(screen, tile, codec);
        continue;
      }
      if (mask & HEXTILE.background) {
        codec.decode(yield bytes, 0, pixel, 0, 1);
        background = pixel[0]!;
      }
      fillRect(screen, tile, background);
      if (mask & HEXTILE.foreground) {
        codec.decode(yield bytes, 0, pixel, 0, 1);
        foreground = pixel[0]!;
      }
      if (!(mask & HEXTILE.subrects)) continue;
      const coloured = (mask & HEXTILE.coloured) !== 0;
      const size = coloured ? bytes + 2 : 2;
      const count = (yield 1)[0]!;
      const parts = yield count * size;
      for (let at = 0; at < count * size; at += size) {
        if (coloured) codec.decode(parts, at, pixel, 0, 1);
        const place = parts[at + size - 2]!;
        const extent = parts[at + size - 1]!;
        const part = { x: place >> 4, y: place & 15, width: (extent >> 4) + 1, height: (extent & 15) + 1 };
        fillPart(screen, tile, part, coloured ? pixel[0]! : foreground);
      }
    }
  }
}

/** @param part relative to `whole` */
function fillPart(screen: Screen, whole: Rect, part: Rect, colour: number): void {
  if (!isInside(whole, part)) {
    throw new RfbError('PROTOCOL_VIOLATION', 'the server draws outside the rectangle it announced');
  }
  fillRect(screen, { ...part, x: whole.x + part.x, y: whole.y + part.y }, colour);
}

export const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [ENCODING.Raw, raw],
  [ENCODING.CopyRect, copyRect],
  [ENCODING.RRE, rre],
  [ENCODING.Hextile, hextile],
]);
