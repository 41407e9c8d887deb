/** Parts for those who write another SDK (`@consolemesh/provider-sdk` is one); drivers need none of them. */

export { type EndpointCommon, relayEndpoint, tcpEndpoint } from './endpoints.ts';
export {
  createGenerationGate,
  type GateCall,
  type GenerationGate,
  type Life,
  type Seen,
} from './generationGate.ts';
export { openTcpStream } from './openTcpStream.ts';
export { createRelayDoor, type RelayDoor } from './relay/relayDoor.ts';
export type { RelayedConsole } from './relay/relayedConsole.ts';
export { createPluginService, type PluginDescription, requirePluginName } from './service/pluginService.ts';
export { requireKey } from './service/readCalls.ts';
export { createLimiter, type Limiter } from './watch/limiter.ts';
export { pageOf } from './watch/paging.ts';
export { createWatchQueue, type Notice, type WatchQueue } from './watch/watchQueue.ts';
export { endpointKinds } from './words.ts';
