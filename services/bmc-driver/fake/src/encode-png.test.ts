import { PNG } from 'pngjs';
import { expect, it } from 'vitest';
import { encodePng } from './encode-png.ts';

it('makes a picture that a PNG reader reads back', () => {
  const pixels = Uint32Array.from([0xff0000, 0x00ff00, 0x0000ff, 0x123456, 0xffffff, 0x000000]);
  const { width, height, data } = PNG.sync.read(encodePng({ width: 3, height: 2, pixels }));
  expect([width, height]).toEqual([3, 2]);
  const read = Array.from({ length: 6 }, (_, i) => data.readUIntBE(4 * i, 3));
  expect(read).toEqual([...pixels]);
});
