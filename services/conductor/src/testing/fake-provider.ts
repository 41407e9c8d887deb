import { PluginServiceDefinition, PluginType, ProbeState } from '@consolemesh/contracts/plugin';
import {
  ContainerPhase,
  ProviderServiceDefinition,
  type StartContainerRequest,
  type WatchContainersResponse,
  type Container as WireContainer,
} from '@consolemesh/contracts/provider';
import { MeshError, type Reason } from '@consolemesh/errors';
import { bind, type MeshServer, plaintext, serve, silentLogger } from '@consolemesh/mesh';
import { createQueue, type Queue } from '../queue.ts';
import { tcpEndpoint } from './fake-driver.ts';

/** A container provider in memory behind real gRPC. */
export interface FakeProvider extends AsyncDisposable {
  readonly target: string;
  readonly calls: string[];
  readonly requests: StartContainerRequest[];
  readonly containers: Map<string, WireContainer>;
  fail(method: string, reason: Reason | undefined): void;
  /** Changes a container and tells those who watch. */
  report(consoleId: string, change: Partial<WireContainer>): void;
}

/** Starts one instance on a free loopback port. */
export async function startFakeProvider(): Promise<FakeProvider> {
  const calls: string[] = [];
  const requests: StartContainerRequest[] = [];
  const containers = new Map<string, WireContainer>();
  const failures = new Map<string, MeshError>();
  const watchers = new Set<Queue<WatchContainersResponse>>();
  const instanceId = `provider-${Math.random().toString(36).slice(2, 10)}`;
  let server: MeshServer;

  const enter = (method: string, note = '') => {
    calls.push(`${method}${note}`);
    const failure = failures.get(method);
    if (failure) throw failure;
  };

  server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 100,
    services: [
      bind(ProviderServiceDefinition, {
        async startContainer(request) {
          requests.push(request);
          enter('StartContainer', ` ${request.key!.generation}/${request.fence}`);
          const endpoints = [tcpEndpoint(5901, 2)];
          containers.set(request.key!.consoleId, {
            key: request.key,
            fence: request.fence,
            app: request.app,
            phase: ContainerPhase.READY,
            failure: undefined,
            endpoints,
            runtimeName: 'c1',
          });
          return { endpoints, runtimeName: 'c1' };
        },
        async stopContainer({ key, fence }) {
          enter('StopContainer', ` ${key!.generation}/${fence}`);
          containers.delete(key!.consoleId);
          return {};
        },
        stopAllContainers: async () => ({}),
        async getContainer({ key }) {
          enter('GetContainer');
          return { container: containers.get(key!.consoleId) ?? { key, phase: ContainerPhase.STOPPED } };
        },
        async listContainers() {
          enter('ListContainers');
          return { containers: [...containers.values()] };
        },
        async *watchContainers(_, { signal }) {
          const queue = createQueue<WatchContainersResponse>(1_000);
          watchers.add(queue);
          signal.addEventListener('abort', () => queue.close(), { once: true });
          for (const value of containers.values()) queue.push({ notice: { $case: 'container', value } });
          queue.push({ notice: { $case: 'synced', value: {} } });
          try {
            yield* queue;
          } finally {
            watchers.delete(queue);
          }
        },
      }),
      bind(PluginServiceDefinition, {
        getPluginInfo: async () => ({
          name: 'fake-containers',
          version: '1.0.0',
          instanceId,
          target: server.target,
          type: PluginType.PROVIDER,
          optionsSchema: '{}',
        }),
        getPluginCapabilities: async () => ({}),
        probe: async () => ({ state: ProbeState.READY }),
      }),
    ],
  });
  return {
    target: server.target,
    calls,
    requests,
    containers,
    fail(method, reason) {
      if (reason) failures.set(method, new MeshError(reason));
      else failures.delete(method);
    },
    report(consoleId, change) {
      const value = { ...containers.get(consoleId)!, ...change };
      containers.set(consoleId, value);
      for (const queue of watchers) queue.push({ notice: { $case: 'container', value } });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
