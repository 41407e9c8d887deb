import { once } from 'node:events';
import { connect } from 'node:net';
import { pipe } from '@consolemesh/bytes';
import { duplexPair } from '@consolemesh/bytes/testing';
import {
  acceptClient,
  type ConsolePaths,
  connectToServer,
  createConsolePaths,
  createTranscoder,
  ENCODING,
  encodeSetEncodings,
  encodeSetPixelFormat,
  PIXEL_FORMAT,
  type PixelFormat,
  type RfbProfile,
  type Screen,
} from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { type RealVncServer, startQemu } from '../harness/vnc-servers.ts';

const { Raw, Hextile, CopyRect } = ENCODING;

const UNPAINTED = 0x010101;

/** A stopped machine: QEMU shows one line of text, which never changes. */
const still = { args: ['-S'] };

/** What a viewer with this format and these encodings sees through our paths in between. */
async function look(server: RealVncServer, profile: RfbProfile, format: PixelFormat, encodings: number[]) {
  const upstream = await connectToServer(connect(server.port, server.host));
  const paths = createConsolePaths({ ...upstream, profile });
  const [viewer, ours] = duplexPair();
  const accepted = acceptClient(ours);
  const [seen] = await Promise.all([
    connectToServer(viewer),
    accepted.then((c) => c.stream.write(paths.viewerInit)),
  ]);
  upstream.stream.write(paths.greeting);
  relay(upstream.stream, ours, paths);

  const { width, height } = seen.serverInit;
  const eye = createTranscoder({ width, height, source: format, viewer: format });
  eye.setViewerEncodings(encodings);
  const request = Buffer.alloc(10);
  request[0] = 3;
  request.writeUInt16BE(width, 6);
  request.writeUInt16BE(height, 8);
  viewer.write(Buffer.concat([encodeSetPixelFormat(format), encodeSetEncodings(encodings), request]));
  // A colour that no 16-bit format can show marks what has not been painted yet.
  eye.screen.pixels.fill(UNPAINTED);
  while (eye.screen.pixels.includes(UNPAINTED)) {
    const [chunk] = await once(viewer, 'data');
    for (const _ of eye.push(chunk));
  }
  viewer.destroy();
  upstream.stream.destroy();
  return { screen: eye.screen, paths };
}

function relay(server: NodeJS.ReadWriteStream, viewer: NodeJS.ReadWriteStream, paths: ConsolePaths): void {
  pipe(server as never, viewer as never, {
    transformAToB: (chunk) => Buffer.concat([...paths.toViewer.push(chunk)]),
    transformBToA: (chunk) => paths.toServer.push(chunk),
  });
}

const lit = ({ pixels }: Readonly<Screen>) => pixels.reduce((n, pixel) => n + (pixel === 0 ? 0 : 1), 0);

describe('a QEMU screen through our paths', () => {
  it('looks the same spliced and transcoded from 16 bits, as Raw and as Hextile', async () => {
    await using server = await startQemu(still);
    const direct = await look(server, {}, PIXEL_FORMAT.rgb888, [Raw]);
    expect(lit(direct.screen)).toBeGreaterThan(100);
    for (const encodings of [[Raw], [CopyRect, Hextile, Raw]]) {
      for (const forced of [PIXEL_FORMAT.rgb565, PIXEL_FORMAT.rgb555]) {
        const profile: RfbProfile = { forcedPixelFormat: forced, forbiddenEncodings: [CopyRect] };
        const { screen, paths } = await look(server, profile, PIXEL_FORMAT.bgr888, encodings);
        expect(paths.toViewer.kind).toBe('transcode');
        expect({ width: screen.width, height: screen.height }).toEqual({
          width: direct.screen.width,
          height: direct.screen.height,
        });
        // 16 bits round the greys; which pixels are lit does not change.
        const differs = screen.pixels.findIndex(
          (pixel, i) => (pixel === 0) !== (direct.screen.pixels[i] === 0),
        );
        expect(differs).toBe(-1);
      }
    }
  });
});
