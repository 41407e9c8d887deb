import { setTimeout as sleep } from 'node:timers/promises';
import { MeshError } from '@consolemesh/errors';
import type { ContainerRuntime, ContainerSpec, RuntimeContainer } from '@consolemesh/provider-sdk';
import { type FakeAppInfo, readAppInfo } from './app-info.ts';
import { type FakeContainer, startFakeContainer } from './fake-container.ts';

/** What a container runtime would remember: containers with their labels. Several provider instances can share one. */
export type FakeHost = Map<
  string,
  { readonly labels: RuntimeContainer; readonly running: FakeContainer | undefined }
>;

/** A runtime that runs its containers in this process. */
export function createFakeRuntime(affinity: 'none' | 'instance', host: FakeHost): ContainerRuntime {
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  const nameOf = ({ consoleId, generation }: Pick<ContainerSpec, 'consoleId' | 'generation'>) =>
    `fake-${consoleId}-${generation}`;

  async function run(spec: ContainerSpec, info: FakeAppInfo): Promise<RuntimeContainer> {
    const running = await startFakeContainer(spec, info);
    const { consoleId, generation, fence, app, fingerprint } = spec;
    const runtimeName = nameOf(spec);
    const labels: RuntimeContainer = {
      consoleId,
      generation,
      fence,
      app,
      fingerprint,
      runtimeName,
      state: 'running',
      address: running.address,
    };
    if (!info.endsAtOnce) {
      host.set(runtimeName, { labels, running });
      return labels;
    }
    await running[Symbol.asyncDispose]();
    host.set(runtimeName, {
      labels: { ...labels, state: 'ended', failure: 'it was told to end at once' },
      running: undefined,
    });
    return labels;
  }

  return {
    affinity,
    async start(spec, signal) {
      const info = readAppInfo(spec.appInfo);
      if (info.slowMs > 0) await sleep(info.slowMs, undefined, { signal });
      if (info.failStart)
        throw new MeshError(info.failStart, `The fake container was told to fail with ${info.failStart}.`);
      const container = await run(spec, info);
      tell();
      return container;
    },
    async stop({ runtimeName }) {
      await host.get(runtimeName)?.running?.[Symbol.asyncDispose]();
      host.delete(runtimeName);
      tell();
    },
    list: async (consoleId) =>
      [...host.values()]
        .map(({ labels }) => labels)
        .filter((c) => consoleId === undefined || c.consoleId === consoleId),
    watch(changed, signal) {
      watchers.add(changed);
      signal.addEventListener('abort', () => watchers.delete(changed), { once: true });
    },
  };
}

/** Ends everything on a host: what pulling its plug would do. */
export async function clearFakeHost(host: FakeHost): Promise<void> {
  await Promise.all([...host.values()].map(({ running }) => running?.[Symbol.asyncDispose]()));
  host.clear();
}
