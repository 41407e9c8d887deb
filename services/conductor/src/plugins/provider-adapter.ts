import {
  ContainerPhase,
  ProviderServiceDefinition,
  type Container as WireContainer,
} from '@consolemesh/contracts/provider';
import type { Endpoint } from '@consolemesh/contracts/types';
import { type Failure, failureFromPlugin } from '../domain/failure.ts';
import type { EndpointKind } from '../domain/kinds.ts';
import { endpointKindToWire } from '../wire/kinds.ts';
import { type CallSettings, callPlugin } from './call-plugin.ts';
import { checkEndpoints, invalidAnswer, meshEndpoint } from './check-answer.ts';
import type { PluginInstance } from './plugin-instance.ts';

/** Which container, for which owner. */
export interface ContainerKey {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly fence: bigint;
}

/** What to run. */
export interface ContainerWish {
  readonly app: string;
  /** Secret: a JSON object. */
  readonly appInfo: string;
  readonly password: string;
  readonly attachKey: Buffer;
  readonly acceptable: readonly EndpointKind[];
  readonly nodeName: string;
}

/** A container as its provider sees it. */
export interface SeenContainer {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly phase: 'starting' | 'ready' | 'degraded' | 'stopped';
  readonly failure: Failure | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** One provider instance in the conductor's words. Everything it answers is checked here, once. */
export interface ProviderPort {
  startContainer(key: ContainerKey, wish: ContainerWish, signal: AbortSignal): Promise<Endpoint[]>;
  stopContainer(key: ContainerKey, signal: AbortSignal): Promise<void>;
  getContainer(key: ContainerKey, signal: AbortSignal): Promise<SeenContainer>;
  listContainers(signal: AbortSignal): AsyncGenerator<{ consoleId: string; generation: bigint }>;
}

/** Longest durations of the calls, ms. A start may have to fetch an image. */
const limits = { start: 300_000, stop: 60_000, get: 20_000, list: 20_000 };
const pageSize = 500;

/** The adapter to one instance. */
export function createProviderPort(instance: PluginInstance, settings: CallSettings): ProviderPort {
  const client = instance.connection.client(ProviderServiceDefinition);
  const call = <T>(
    method: string,
    limit: number,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
  ) =>
    callPlugin(settings, {
      plugin: `provider ${instance.name}`,
      method,
      limit,
      unavailable: 'PROVIDER_UNAVAILABLE',
      signal,
      run,
    });

  return {
    startContainer: (key, wish, signal) =>
      call('StartContainer', limits.start, signal, async (signal) => {
        const answer = await client.startContainer(
          {
            key: wireKey(key),
            fence: key.fence,
            app: wish.app,
            appInfo: wish.appInfo,
            consolePassword: wish.password,
            attachKey: wish.attachKey,
            acceptable: wish.acceptable.map(endpointKindToWire),
            nodeName: wish.nodeName,
          },
          { signal },
        );
        return checkContainerEndpoints(answer.endpoints, wish.acceptable);
      }),
    stopContainer: (key, signal) =>
      call('StopContainer', limits.stop, signal, async (signal) => {
        await client.stopContainer({ key: wireKey(key), fence: key.fence }, { signal });
      }),
    getContainer: (key, signal) =>
      call('GetContainer', limits.get, signal, async (signal) => {
        const { container } = await client.getContainer({ key: wireKey(key) }, { signal });
        const seen = container && seenContainer(container, settings.scheduler.now());
        if (!seen || seen.consoleId !== key.consoleId)
          return invalidAnswer('another container than it was asked for');
        return seen;
      }),
    async *listContainers(signal) {
      for (let pageToken = ''; ; ) {
        const page = await call('ListContainers', limits.list, signal, (signal) =>
          client.listContainers({ pageSize, pageToken }, { signal }),
        );
        for (const { key } of page.containers) {
          if (key) yield { consoleId: key.consoleId, generation: key.generation };
        }
        if (page.nextPageToken === '' || page.nextPageToken === pageToken) return;
        pageToken = page.nextPageToken;
      }
    },
  };
}

function checkContainerEndpoints(
  endpoints: readonly Endpoint[],
  acceptable: readonly EndpointKind[],
): Endpoint[] {
  const kind = meshEndpoint(endpoints)?.transport?.$case;
  if (!kind || !acceptable.includes(kind)) return invalidAnswer('no endpoint of a kind that was acceptable');
  return checkEndpoints(endpoints, kind);
}

/** A container as a provider sees it; undefined when it names none. */
export function seenContainer(container: WireContainer, now: number): SeenContainer | undefined {
  const { key, failure } = container;
  if (!key) return undefined;
  return {
    consoleId: key.consoleId,
    generation: key.generation,
    phase: phases[container.phase] ?? 'stopped',
    failure: failure && failureFromPlugin(failure.reason, failure.message, now),
    endpoints: container.endpoints,
  };
}

const phases: Readonly<Record<number, SeenContainer['phase']>> = {
  [ContainerPhase.STARTING]: 'starting',
  [ContainerPhase.READY]: 'ready',
  [ContainerPhase.DEGRADED]: 'degraded',
  [ContainerPhase.STOPPED]: 'stopped',
};

function wireKey({ consoleId, generation }: ContainerKey) {
  return { consoleId, generation };
}
