import { DriverServiceDefinition, type WatchConsolesRequest } from '@consolemesh/contracts/driver';
import {
  type ConsoleContext,
  contextToWire,
  type SeenConsole,
  seenConsole,
} from '../plugins/driver-adapter.ts';
import type { PluginInstance } from '../plugins/plugin-instance.ts';
import { createQueue, type Queue } from '../queue.ts';
import { pause, type Scheduler } from '../scheduler.ts';
import type { FailureLog } from './failure-log.ts';

/** Watches consoles at the driver instances that hold them: one stream for each instance. */
export interface DriverWatches extends AsyncDisposable {
  /** Watches a console there from now on, and nowhere else. */
  watch(instance: PluginInstance, console: ConsoleContext): void;
  unwatch(consoleId: string): void;
}

/** What the watches are made with. */
export interface WatchOptions<Seen> {
  readonly scheduler: Scheduler;
  readonly failures: FailureLog;
  /** Something was seen. */
  readonly onSeen: (seen: Seen) => void;
  /** A stream broke; whoever was watched there has to be looked at when it is back. */
  readonly onBroken: (consoleIds: readonly string[]) => void;
}

/** Most subscriptions on their way to one instance. */
const queueLimit = 20_000;
/** Drivers say something at least every 10 s; a stream that is silent for longer than this is broken. */
export const watchSilenceMs = 30_000;
/** Pause before a broken stream is opened again, ms. */
export const watchPauseMs = 1_000;

interface Stream {
  readonly subscriptions: Map<string, ConsoleContext>;
  queue: Queue<WatchConsolesRequest>;
  readonly ended: AbortController;
  running: Promise<void>;
}

/** No watches yet. */
export function createDriverWatches(options: WatchOptions<SeenConsole>): DriverWatches {
  const streams = new Map<string, Stream>();
  const places = new Map<string, string>();

  function open(instance: PluginInstance): Stream {
    const stream: Stream = {
      subscriptions: new Map(),
      queue: createQueue(queueLimit),
      ended: new AbortController(),
      running: Promise.resolve(),
    };
    streams.set(instance.instanceId, stream);
    // Next turn of the loop: whoever opened it puts the first subscription in before.
    stream.running = Promise.resolve().then(() => run(instance, stream));
    return stream;
  }

  async function run(instance: PluginInstance, stream: Stream): Promise<void> {
    const client = instance.connection.client(DriverServiceDefinition);
    while (!stream.ended.signal.aborted) {
      const queue = createQueue<WatchConsolesRequest>(queueLimit);
      for (const context of stream.subscriptions.values()) queue.push(subscribe(instance, context));
      queue.push({ change: { $case: 'endOfSubscriptions', value: {} } });
      stream.queue = queue;
      try {
        await follow(options.scheduler, stream.ended.signal, async (signal, alive) => {
          for await (const { notice } of client.watchConsoles(queue, { signal })) {
            alive();
            options.failures.works(
              instance.instanceId,
              { driver: instance.name },
              'the watch of a driver works again',
            );
            if (notice?.$case !== 'console') continue;
            const seen = seenConsole(notice.value, options.scheduler.now());
            if (seen && stream.subscriptions.has(seen.consoleId)) options.onSeen(seen);
          }
        });
      } catch (error) {
        if (stream.ended.signal.aborted) return;
        options.failures.failed(
          instance.instanceId,
          error,
          { driver: instance.name },
          'the watch of a driver broke; opening it again',
        );
      } finally {
        queue.close();
      }
      options.onBroken([...stream.subscriptions.keys()]);
      await pause(options.scheduler, watchPauseMs, stream.ended.signal);
    }
  }

  function unwatch(consoleId: string): void {
    const place = places.get(consoleId);
    const stream = place === undefined ? undefined : streams.get(place);
    places.delete(consoleId);
    if (!stream || place === undefined) return;
    stream.subscriptions.delete(consoleId);
    stream.queue.push({ change: { $case: 'unsubscribeConsoleId', value: consoleId } });
    if (stream.subscriptions.size > 0) return;
    options.failures.works(place);
    streams.delete(place);
    stream.ended.abort();
  }

  return {
    watch(instance, context) {
      const place = places.get(context.consoleId);
      if (place !== undefined && place !== instance.instanceId) unwatch(context.consoleId);
      const stream = streams.get(instance.instanceId) ?? open(instance);
      const before = stream.subscriptions.get(context.consoleId);
      if (before && sameContext(before, context)) return;
      places.set(context.consoleId, instance.instanceId);
      stream.subscriptions.set(context.consoleId, context);
      stream.queue.push(subscribe(instance, context));
    },
    unwatch,
    async [Symbol.asyncDispose]() {
      for (const stream of streams.values()) stream.ended.abort();
      await Promise.allSettled([...streams.values()].map(({ running }) => running));
      streams.clear();
    },
  };
}

/** Follows a stream until it ends, throws, or says nothing for too long; `alive` is to be called for every message. */
export async function follow(
  scheduler: Scheduler,
  outer: AbortSignal,
  read: (signal: AbortSignal, alive: () => void) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const stop = () => ended.abort();
  outer.addEventListener('abort', stop, { once: true });
  let timer = scheduler.after(watchSilenceMs, stop);
  try {
    await read(ended.signal, () => {
      timer[Symbol.dispose]();
      timer = scheduler.after(watchSilenceMs, stop);
    });
  } finally {
    timer[Symbol.dispose]();
    outer.removeEventListener('abort', stop);
  }
}

function subscribe(instance: PluginInstance, context: ConsoleContext): WatchConsolesRequest {
  return { change: { $case: 'subscribe', value: contextToWire(instance, context) } };
}

function sameContext(left: ConsoleContext, right: ConsoleContext): boolean {
  return (
    left.generation === right.generation &&
    left.fence === right.fence &&
    left.driverState.equals(right.driverState) &&
    left.restoreState.equals(right.restoreState)
  );
}
