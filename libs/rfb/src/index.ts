export { type AcceptedClient, type AcceptOptions, acceptClient } from './accept/acceptClient.ts';
export { refuseClient } from './accept/refuseClient.ts';
export {
  type ConnectOptions,
  connectToServer,
  type RfbAuthenticated,
  type RfbUpstream,
} from './client/connectToServer.ts';
export { CLIENT, clientMessageName } from './client-messages.ts';
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
export { encodePixelFormat, PIXEL_FORMAT, type PixelFormat, parsePixelFormat } from './pixel-format.ts';
export { SECURITY, SECURITY_NAMES, type SecurityName, securityTypeName } from './security-types.ts';
export { encodeServerInit, type ServerInit } from './server-init.ts';
export type { TlsServerOptions, TlsTrust } from './tls.ts';
export type { RfbVersion } from './version.ts';
