import { ProviderServiceDefinition } from '@consolemesh/contracts/provider';
import type { PluginInstance } from '../plugins/plugin-instance.ts';
import { type SeenContainer, seenContainer } from '../plugins/provider-adapter.ts';
import { pause } from '../scheduler.ts';
import { follow, type WatchOptions, watchPauseMs } from './watch-drivers.ts';

/** Watches the containers of provider instances: one stream for each. */
export interface ProviderWatches extends AsyncDisposable {
  /** Watches exactly these instances from now on. */
  watchAll(instances: readonly PluginInstance[]): void;
}

interface Stream {
  readonly ended: AbortController;
  readonly running: Promise<void>;
}

/** No watches yet. What is seen may be of consoles that this conductor has nothing to do with. */
export function createProviderWatches(
  options: Omit<WatchOptions<SeenContainer>, 'onBroken'> & { onBroken: (instanceId: string) => void },
): ProviderWatches {
  const streams = new Map<string, Stream>();

  async function run(instance: PluginInstance, ended: AbortSignal): Promise<void> {
    const client = instance.connection.client(ProviderServiceDefinition);
    while (!ended.aborted) {
      try {
        await follow(options.scheduler, ended, async (signal, alive) => {
          for await (const { notice } of client.watchContainers({}, { signal })) {
            alive();
            options.failures.works(
              instance.instanceId,
              { provider: instance.name },
              'the watch of a provider works again',
            );
            if (notice?.$case !== 'container') continue;
            const seen = seenContainer(notice.value, options.scheduler.now());
            if (seen) options.onSeen(seen);
          }
        });
      } catch (error) {
        if (ended.aborted) return;
        options.failures.failed(
          instance.instanceId,
          error,
          { provider: instance.name },
          'the watch of a provider broke; opening it again',
        );
      }
      options.onBroken(instance.instanceId);
      await pause(options.scheduler, watchPauseMs, ended);
    }
  }

  return {
    watchAll(instances) {
      const wanted = new Set(instances.map(({ instanceId }) => instanceId));
      for (const [id, stream] of streams) {
        if (wanted.has(id)) continue;
        stream.ended.abort();
        options.failures.works(id);
        streams.delete(id);
      }
      for (const instance of instances) {
        if (streams.has(instance.instanceId)) continue;
        const ended = new AbortController();
        streams.set(instance.instanceId, { ended, running: run(instance, ended.signal) });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { ended } of streams.values()) ended.abort();
      await Promise.allSettled([...streams.values()].map(({ running }) => running));
      streams.clear();
    },
  };
}
