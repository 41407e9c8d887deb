import { CLIENT } from '../client-messages.ts';
import { encodePixelFormat, type PixelFormat } from '../pixel-format.ts';

/** SetPixelFormat: `U8 0 | 3 padding | 16 bytes pixel format`. */
export function encodeSetPixelFormat(format: PixelFormat): Buffer {
  return Buffer.concat([Buffer.of(CLIENT.SetPixelFormat, 0, 0, 0), encodePixelFormat(format)]);
}
