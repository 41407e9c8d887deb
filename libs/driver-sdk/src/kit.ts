/** Parts for those who write another SDK (`@consolemesh/provider-sdk` is one); drivers need none of them. */

export { type EndpointCommon, relayEndpoint, tcpEndpoint } from './endpoints.ts';
export {
  createGenerationGate,
  type GateCall,
  type GenerationGate,
  type Life,
  type Seen,
} from './generation-gate.ts';
export { openTcpStream } from './open-tcp-stream.ts';
export { createRelayDoor, type RelayDoor } from './relay/relay-door.ts';
export type { RelayedConsole } from './relay/relayed-console.ts';
export { createPluginService, type PluginDescription, requirePluginName } from './service/plugin-service.ts';
export { requireKey } from './service/read-calls.ts';
export { createLimiter, type Limiter } from './watch/limiter.ts';
export { pageOf } from './watch/paging.ts';
export { createWatchQueue, type Notice, type WatchQueue } from './watch/watch-queue.ts';
export { endpointKinds } from './words.ts';
