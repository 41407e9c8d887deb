import {
  type ClientFilter,
  type ClientFilterOptions,
  createClientFilter,
} from './filter/create-client-filter.ts';
import type { RfbProfile } from './filter/profile.ts';
import { encodeSetPixelFormat } from './filter/set-pixel-format.ts';
import { PIXEL_FORMAT, type PixelFormat } from './pixel-format.ts';
import { encodeServerInit, type ServerInit } from './server-init.ts';
import { createTranscoder, type Transcoder } from './transcode/create-transcoder.ts';
import { type ServerPath, splice } from './transcode/server-path.ts';

/** Both directions of one console between its handshakes' ends, set up by a profile. */
export interface ConsolePaths {
  /** ServerInit for the viewer. */
  viewerInit: Buffer;
  /** To be written to the server before anything else; often empty. */
  greeting: Buffer;
  toServer: ClientFilter;
  toViewer: ServerPath;
  /** The screen's content, where it is known (transcode). */
  transcoder: Transcoder | undefined;
}

export interface ConsolePathsOptions
  extends Pick<ClientFilterOptions, 'viewOnly' | 'onInput' | 'onEncodings' | 'onPixelFormat'> {
  serverInit: ServerInit;
  /** ServerInit as the server sent it. */
  initBytes: Buffer;
  profile?: RfbProfile | undefined;
}

/**
 * A forced pixel format implies `transcode` unless the profile says otherwise: viewers ask for a format of
 * their own, and with `splice` they would read the forced one as theirs.
 * @throws RfbError for screens a transcoder can not hold
 */
export function createConsolePaths(options: ConsolePathsOptions): ConsolePaths {
  const { serverInit, initBytes, profile = {}, ...filterOptions } = options;
  const forced = profile.forcedPixelFormat;
  const mode = profile.serverPath ?? (forced === undefined ? 'splice' : 'transcode');
  const greeting = forced === undefined ? Buffer.alloc(0) : encodeSetPixelFormat(forced);
  if (mode === 'splice') {
    return {
      viewerInit: forced === undefined ? initBytes : encodeServerInit({ ...serverInit, pixelFormat: forced }),
      greeting,
      toServer: createClientFilter({ ...filterOptions, profile }),
      toViewer: splice,
      transcoder: undefined,
    };
  }
  const source = forced ?? trueColour(serverInit.pixelFormat);
  const viewer = trueColour(serverInit.pixelFormat);
  const { width, height } = serverInit;
  const transcoder = createTranscoder({ width, height, source, viewer });
  return {
    viewerInit: encodeServerInit({ ...serverInit, pixelFormat: viewer }),
    greeting: source === serverInit.pixelFormat ? greeting : encodeSetPixelFormat(source),
    toServer: createClientFilter({
      ...filterOptions,
      profile: { ...profile, serverPath: 'transcode' },
      replaceEncodings: (asked) => transcoder.setViewerEncodings(asked),
      onPixelFormat(format) {
        transcoder.setViewerFormat(format);
        filterOptions.onPixelFormat?.(format);
      },
    }),
    toViewer: transcoder,
    transcoder,
  };
}

/** A server that announces a colour map is asked for true colour instead. */
function trueColour(format: PixelFormat): PixelFormat {
  return format.trueColour ? format : PIXEL_FORMAT.rgb888;
}
