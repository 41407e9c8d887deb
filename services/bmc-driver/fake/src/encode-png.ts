import { crc32, deflateSync } from 'node:zlib';

/**
 * A PNG of 0x00RRGGBB pixels (W3C PNG, second edition): signature, IHDR (8 bits, RGB), one IDAT with filter 0 on every line, IEND.
 * Each chunk: U32 length | 4 bytes type | data | U32 CRC-32 over type and data.
 */
export function encodePng(image: { width: number; height: number; pixels: Uint32Array }): Buffer {
  const { width, height, pixels } = image;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      lines.writeUIntBE(pixels[y * width + x]! & 0xffffff, y * (1 + 3 * width) + 1 + 3 * x, 3);
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}
