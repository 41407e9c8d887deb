export type { Credential, Redeemed } from './admission/admit.ts';
export { jitteredBackoff, type Wait } from './admission/backoff.ts';
export { normalOrigin } from './door/check-origin.ts';
export { type AddressSet, parseAddressSet, plainAddress } from './door/client-address.ts';
export { type PageFile, type PageFiles, readPageFiles } from './door/page-files.ts';
export { type DoorTls, followTlsFiles, readTlsFiles, type TlsReload } from './door/tls-files.ts';
export {
  type Attachment,
  type AttachNotice,
  type AttachOptions,
  type AttachWish,
  attach,
} from './link/attach.ts';
export { attachSession } from './link/attach-session.ts';
export { type DialOptions, dialSocket, dialTcp } from './link/dial-tcp.ts';
export { type EndpointTls, endpointTls } from './link/endpoint-tls.ts';
export { createHolders, type Holders } from './link/holders.ts';
export { headroom, type Link, type Receive } from './link/link.ts';
export { type RelayOptions, relay, type Traffic } from './link/relay.ts';
export { streamLink } from './link/stream-link.ts';
export { upstreamError } from './link/upstream-error.ts';
export { defaultLimits, type ProxyLimits } from './run/limits.ts';
export {
  checkProxySettings,
  type OwnSettings,
  type ProxyConfig,
  proxyOptionsOf,
  proxySettings,
} from './run/proxy-settings.ts';
export {
  type ProxyKind,
  type ProxyService,
  type ProxyServiceOptions,
  startProxyService,
} from './run/start-proxy-service.ts';
export type { Client } from './session/client.ts';
export { closingMessage } from './session/closing-message.ts';
export type { Bridge, ConnectContext, Connector } from './session/connector.ts';
export {
  type ConsoleControl,
  type ConsoleEvent,
  type ConsoleScene,
  type ConsoleWish,
  isConsoleWish,
  readSize,
  type TerminalSize,
  type Viewer,
} from './session/console-talk.ts';
export { createControlIntake } from './session/control-intake.ts';
export {
  type ClientMessage,
  largestControlMessage,
  type OpenedMessage,
  parseClientMessage,
  type ServerMessage,
  subProtocol,
} from './session/control-messages.ts';
export type { Counters } from './session/counters.ts';
export { type End, endOf } from './session/end.ts';
export { endInOrder, type PlainSpeech, plainTcpClient, type Speech } from './session/plain-client.ts';
export type { Rate } from './session/rate-limit.ts';
export type { LiveSession, Registry } from './session/registry.ts';
export type { PlainWish } from './session/serve-plain.ts';
export { type ProxyOptions, type RunningProxy, startProxy } from './start-proxy.ts';
