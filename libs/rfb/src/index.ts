export { type AcceptedClient, type AcceptOptions, acceptClient } from './accept/accept-client.ts';
export { refuseClient } from './accept/refuse-client.ts';
export {
  type ConnectOptions,
  connectToServer,
  type RfbAuthenticated,
  type RfbUpstream,
} from './client/connect-to-server.ts';
export { CLIENT, clientMessageName } from './client-messages.ts';
export { type ConsolePaths, type ConsolePathsOptions, createConsolePaths } from './create-console-paths.ts';
export { ENCODING, encodingName } from './encodings.ts';
export { RfbError, type RfbErrorCode, type RfbErrorDetails } from './errors.ts';
export {
  type ClientCounters,
  type ClientFilter,
  type ClientFilterOptions,
  createClientFilter,
} from './filter/create-client-filter.ts';
export { type RfbProfile, rewriteEncodings } from './filter/profile.ts';
export { encodeSetEncodings, parseSetEncodings } from './filter/set-encodings.ts';
export { encodeSetPixelFormat } from './filter/set-pixel-format.ts';
export { encodePixelFormat, PIXEL_FORMAT, type PixelFormat, parsePixelFormat } from './pixel-format.ts';
export { createScreen, type Rect, type Screen } from './screen/screen.ts';
export { SECURITY, SECURITY_NAMES, type SecurityName, securityTypeName } from './security-types.ts';
export {
  createFramebufferServer,
  type FramebufferServer,
  type FramebufferServerOptions,
} from './server/create-framebuffer-server.ts';
export {
  type CursorShape,
  createFramebuffer,
  type Framebuffer,
  type FramebufferChange,
} from './server/framebuffer.ts';
export type { ScreenEvents } from './server/serve-viewer.ts';
export { encodeServerInit, type ServerInit } from './server-init.ts';
export { startTls, type TlsServerOptions, type TlsTrust } from './tls.ts';
export { createTranscoder, type Transcoder, type TranscoderOptions } from './transcode/create-transcoder.ts';
export { type ServerPath, splice } from './transcode/server-path.ts';
export type { RfbVersion } from './version.ts';
