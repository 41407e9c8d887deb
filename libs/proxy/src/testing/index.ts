export { type FakeConductor, startFakeConductor } from './fake-conductor.ts';
export { type FakeTokenService, startFakeTokenService, type Wish } from './fake-token-service.ts';
export { connectWebSocket, type TestClient } from './web-socket-client.ts';
