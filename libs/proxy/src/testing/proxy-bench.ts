import type { Endpoint } from '@consolemesh/contracts/types';
import { plaintext, silentLogger } from '@consolemesh/mesh';
import type { ProxyService, ProxyServiceOptions } from '../run/start-proxy-service.ts';
import { type FakeConductor, startFakeConductor } from './fake-conductor.ts';
import { type FakeTokenService, startFakeTokenService } from './fake-token-service.ts';
import { connectWebSocket, type TestClient } from './web-socket-client.ts';

/** A proxy between the fakes of conductor and token service. */
export interface ProxyBench<P extends ProxyService> extends AsyncDisposable {
  readonly proxy: P;
  readonly conductor: FakeConductor;
  readonly tokens: FakeTokenService;
  /** Connects a page. */
  page(options?: Parameters<typeof connectWebSocket>[1]): Promise<TestClient>;
  /** Connects a client that knows nothing of our control messages; `where` is path and query below the base path. */
  plain(where: string, protocols?: string[]): Promise<TestClient>;
}

/** Starts all three on loopback. */
export async function startProxyBench<P extends ProxyService, O extends ProxyServiceOptions>(
  start: (options: O) => Promise<P>,
  endpoint: Endpoint,
  options: Partial<O> = {},
): Promise<ProxyBench<P>> {
  const tokens = await startFakeTokenService();
  const conductor = await startFakeConductor({ endpoint });
  const proxy = await start({
    listen: { host: '127.0.0.1', port: 0 },
    grpcListen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    conductorTarget: conductor.target,
    tokenTarget: tokens.target,
    page: 'none',
    ...options,
    limits: { openings: { burst: 1000, perSecond: 1000 }, ...options.limits },
  } as unknown as O);
  const base = proxy.webUrl.replace(/^http/, 'ws');
  return {
    proxy,
    conductor,
    tokens,
    page: (how) => connectWebSocket(`${base}session`, how),
    plain: (where, protocols = []) => connectWebSocket(`${base}${where}`, { protocols }),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await conductor[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}
