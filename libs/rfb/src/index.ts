export { type AcceptedClient, type AcceptOptions, acceptClient } from './accept/acceptClient.ts';
export { refuseClient } from './accept/refuseClient.ts';
export {
  type ConnectOptions,
  connectToServer,
  type RfbAuthenticated,
  type RfbUpstream,
} from './client/connectToServer.ts';
export { CLIENT, clientMessageName } from './client-messages.ts';
export { type ConsolePaths, type ConsolePathsOptions, createConsolePaths } from './createConsolePaths.ts';
export { ENCODING, encodingName } from './encodings.ts';
export { RfbError, type RfbErrorCode, type RfbErrorDetails } from './errors.ts';
export {
  type ClientCounters,
  type ClientFilter,
  type ClientFilterOptions,
  createClientFilter,
} from './filter/createClientFilter.ts';
export { type RfbProfile, rewriteEncodings } from './filter/profile.ts';
export { encodeSetEncodings, parseSetEncodings } from './filter/setEncodings.ts';
export { encodeSetPixelFormat } from './filter/setPixelFormat.ts';
export { encodePixelFormat, PIXEL_FORMAT, type PixelFormat, parsePixelFormat } from './pixel-format.ts';
export { createScreen, type Rect, type Screen } from './screen/screen.ts';
export { SECURITY, SECURITY_NAMES, type SecurityName, securityTypeName } from './security-types.ts';
export {
  createFramebufferServer,
  type FramebufferServer,
  type FramebufferServerOptions,
} from './server/createFramebufferServer.ts';
export {
  type CursorShape,
  createFramebuffer,
  type Framebuffer,
  type FramebufferChange,
} from './server/framebuffer.ts';
export type { ScreenEvents } from './server/serveViewer.ts';
export { encodeServerInit, type ServerInit } from './server-init.ts';
export { startTls, type TlsServerOptions, type TlsTrust } from './tls.ts';
export { createTranscoder, type Transcoder, type TranscoderOptions } from './transcode/createTranscoder.ts';
export { type ServerPath, splice } from './transcode/serverPath.ts';
export type { RfbVersion } from './version.ts';
