import { ENCODING } from '../encodings.ts';
import { encodeHextile } from './encode-hextile.ts';
import { encodeRaw } from './encode-raw.ts';
import type { PixelCodec } from './pixel-codec.ts';
import { encodeRectHeader } from './rect-header.ts';
import type { Rect, Screen } from './screen.ts';

/** A rectangle of the screen in the best of the encodings a viewer knows: Hextile, else Raw. */
export function encodeArea(
  screen: Screen,
  rect: Rect,
  codec: PixelCodec,
  encodings: ReadonlySet<number>,
): Buffer[] {
  const hextile = encodings.has(ENCODING.Hextile);
  const head = encodeRectHeader(rect, hextile ? ENCODING.Hextile : ENCODING.Raw);
  return [head, hextile ? encodeHextile(screen, rect, codec) : encodeRaw(screen, rect, codec)];
}
