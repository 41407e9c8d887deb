import { describe, expect, it } from 'vitest';
import { createConsolePaths } from './create-console-paths.ts';
import { ENCODING } from './encodings.ts';
import { encodeSetEncodings } from './filter/set-encodings.ts';
import { encodeSetPixelFormat } from './filter/set-pixel-format.ts';
import { PIXEL_FORMAT } from './pixel-format.ts';
import { encodeServerInit, type ServerInit } from './server-init.ts';

const { Raw, Tight, Hextile, CopyRect, RRE } = ENCODING;
const serverInit: ServerInit = { width: 8, height: 4, pixelFormat: PIXEL_FORMAT.rgb555, name: 'OpenVNC' };
const base = { serverInit, initBytes: encodeServerInit(serverInit) };

describe('createConsolePaths', () => {
  it('copies in both directions when no profile asks for more', () => {
    const paths = createConsolePaths(base);
    const chunk = Buffer.from('anything');
    expect([...paths.toViewer.push(chunk)]).toEqual([chunk]);
    expect(paths.viewerInit).toBe(base.initBytes);
    expect(paths.greeting.length).toBe(0);
    const wish = Buffer.concat([encodeSetPixelFormat(PIXEL_FORMAT.bgr888), encodeSetEncodings([Tight, Raw])]);
    expect(paths.toServer.push(wish)).toBe(wish);
  });

  it('transcodes when the format is forced, and tells each side what it will get', () => {
    const profile = { forcedPixelFormat: PIXEL_FORMAT.rgb565, forbiddenEncodings: [CopyRect] };
    const paths = createConsolePaths({ ...base, profile });
    expect(paths.greeting).toEqual(encodeSetPixelFormat(PIXEL_FORMAT.rgb565));
    expect(paths.viewerInit).toEqual(base.initBytes);
    const wish = Buffer.concat([
      encodeSetPixelFormat(PIXEL_FORMAT.bgr888),
      encodeSetEncodings([Tight, CopyRect, Raw]),
    ]);
    expect(paths.toServer.push(wish)).toEqual(encodeSetEncodings([Hextile, RRE, Raw]));
    // One red pixel in rgb565 comes out in the format the viewer asked for.
    const red = Buffer.from('00000001' + '0000000000010001' + '00000000' + '00f8', 'hex');
    expect(Buffer.concat([...paths.toViewer.push(red)]).toString('hex', 16)).toBe('ff000000');
  });

  it('splices a forced format when told to, and then announces it to the viewer', () => {
    const profile = { forcedPixelFormat: PIXEL_FORMAT.rgb565, serverPath: 'splice' } as const;
    const { viewerInit, toViewer } = createConsolePaths({ ...base, profile });
    expect(toViewer.kind).toBe('splice');
    expect(viewerInit).toEqual(encodeServerInit({ ...serverInit, pixelFormat: PIXEL_FORMAT.rgb565 }));
  });

  it('asks a server with a colour map for true colour', () => {
    const mapped = { ...serverInit, pixelFormat: { ...PIXEL_FORMAT.bgr233, trueColour: false } };
    const paths = createConsolePaths({ ...base, serverInit: mapped, profile: { serverPath: 'transcode' } });
    expect(paths.greeting).toEqual(encodeSetPixelFormat(PIXEL_FORMAT.rgb888));
    expect(paths.viewerInit).toEqual(encodeServerInit({ ...serverInit, pixelFormat: PIXEL_FORMAT.rgb888 }));
  });
});
