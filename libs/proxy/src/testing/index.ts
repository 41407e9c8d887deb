export { type FakeConductor, type LogAnswer, startFakeConductor } from './fake-conductor.ts';
export { type FakeTokenService, startFakeTokenService, type Wish } from './fake-token-service.ts';
export { type ProxyBench, startProxyBench } from './proxy-bench.ts';
export { type HeldClient, type ScriptedHolder, startScriptedHolder } from './scripted-holder.ts';
export { connectWebSocket, type TestClient } from './web-socket-client.ts';
