import { byteWriter } from '@consolemesh/bytes';
import { RfbError } from './errors.ts';
import type { Handshake } from './handshake.ts';
import { encodePixelFormat, PIXEL_FORMAT_BYTES, type PixelFormat, parsePixelFormat } from './pixel-format.ts';
import { printable } from './text.ts';

/** What a server says about its screen once the client is in. */
export interface ServerInit {
  width: number;
  height: number;
  pixelFormat: PixelFormat;
  /** Desktop name, printable. `OpenVNC` is an iDRAC. */
  name: string;
}

const FIXED_BYTES = 2 + 2 + PIXEL_FORMAT_BYTES + 4;

/**
 * ```
 * U16 width | U16 height | 16 bytes pixel format | U32 name length | name (UTF-8)
 * ```
 * @returns the fields and the raw bytes, to forward unchanged
 */
export async function readServerInit(
  h: Handshake,
  { maxNameBytes, maxDimension }: { maxNameBytes: number; maxDimension: number },
): Promise<{ serverInit: ServerInit; initBytes: Buffer }> {
  h.awaiting = 'ServerInit';
  const head = await h.reader.read(FIXED_BYTES);
  const width = head.readUInt16BE(0);
  const height = head.readUInt16BE(2);
  if (width > maxDimension || height > maxDimension) {
    throw new RfbError(
      'LIMIT_EXCEEDED',
      `a screen of ${width}x${height} is beyond ${maxDimension} pixels a side`,
    );
  }
  const pixelFormat = parsePixelFormat(head, 4);
  if (pixelFormat === undefined) {
    throw new RfbError(
      'PROTOCOL_VIOLATION',
      `ServerInit holds an impossible pixel format ${head.toString('hex', 4, 20)}`,
    );
  }
  const nameLength = head.readUInt32BE(20);
  if (nameLength > maxNameBytes) {
    throw new RfbError('LIMIT_EXCEEDED', `a desktop name of ${nameLength} bytes is beyond ${maxNameBytes}`);
  }
  const name = await h.reader.read(nameLength);
  return {
    serverInit: { width, height, pixelFormat, name: printable(name, maxNameBytes) },
    initBytes: Buffer.concat([head, name]),
  };
}

/** The inverse of `readServerInit`. */
export function encodeServerInit({ width, height, pixelFormat, name }: ServerInit): Buffer {
  const text = Buffer.from(name, 'utf8');
  return byteWriter(FIXED_BYTES + text.length)
    .u16(width)
    .u16(height)
    .bytes(encodePixelFormat(pixelFormat))
    .u32(text.length)
    .bytes(text)
    .toBuffer();
}
