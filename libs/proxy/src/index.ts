export type { Credential, Redeemed } from './admission/admit.ts';
export { jitteredBackoff, type Wait } from './admission/backoff.ts';
export { normalOrigin } from './door/check-origin.ts';
export { type AddressSet, parseAddressSet } from './door/client-address.ts';
export { type PageFile, type PageFiles, readPageFiles } from './door/page-files.ts';
export type { DoorTls } from './door/tls-files.ts';
export { type AttachOptions, attach } from './link/attach.ts';
export { type DialOptions, dialSocket, dialTcp } from './link/dial-tcp.ts';
export { headroom, type Link, type Receive } from './link/link.ts';
export { type RelayOptions, relay, type Traffic } from './link/relay.ts';
export { streamLink } from './link/stream-link.ts';
export type { Bridge, ConnectContext, Connector } from './session/connector.ts';
export {
  type ClientMessage,
  largestControlMessage,
  type ServerMessage,
  subProtocol,
} from './session/control-messages.ts';
export type { Counters } from './session/counters.ts';
export { type End, endOf } from './session/end.ts';
export type { Rate } from './session/rate-limit.ts';
export type { LiveSession, Registry } from './session/registry.ts';
export type { RefuseInWords } from './session/serve-plain.ts';
export { type Proxy, type ProxyOptions, startProxy } from './start-proxy.ts';
