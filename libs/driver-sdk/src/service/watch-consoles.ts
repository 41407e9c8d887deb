import {
  Console,
  type WatchConsolesRequest,
  type WatchConsolesResponse,
} from '@consolemesh/contracts/driver';
import { MeshError } from '@consolemesh/errors';
import type { Limiter } from '../watch/limiter.ts';
import { createWatchQueue, type Notice } from '../watch/watch-queue.ts';
import type { ConsoleDescriber } from './describe-console.ts';
import type { CallReader, ReadCall } from './read-calls.ts';

/** What a watch needs. */
export interface WatchParts {
  readonly reader: CallReader;
  readonly describer: ConsoleDescriber;
  /** Bounds the looks of all watches of this instance together. */
  readonly limiter: Limiter;
  /** Time between two looks at one console, ms; spread by a fifth to both sides. */
  readonly checkIntervalMs: number;
  /** Calls back whenever something about a console may have changed. Answers how to stop that. */
  readonly onChange: (listener: (consoleId: string) => void) => () => void;
  readonly random: () => number;
}

/** Consoles on one stream; a conductor's lease covers fewer. */
const maxSubscriptions = 10_000;

interface Subscription {
  read: ReadCall;
  timer: NodeJS.Timeout | undefined;
  looking: boolean;
  /** News came during a look. */
  again: boolean;
  /** Encoded, as it was queued last. */
  last: Buffer | undefined;
}

/** One WatchConsoles stream: each subscribed console is looked at when it is subscribed, when it changes and from time to time. */
export async function* watchConsoles(
  requests: AsyncIterable<WatchConsolesRequest>,
  signal: AbortSignal,
  parts: WatchParts,
): AsyncGenerator<WatchConsolesResponse> {
  const subscriptions = new Map<string, Subscription>();
  const queue = createWatchQueue<Console>();
  /** Consoles of the first batch that have not been reported; undefined when `synced` has been queued. */
  let unreported: Set<string> | undefined = new Set();
  let batchComplete = false;

  function syncIfComplete(): void {
    if (!batchComplete || !unreported || unreported.size > 0) return;
    unreported = undefined;
    queue.synced();
  }

  function publish(id: string, subscription: Subscription, console: Console): void {
    const bytes = Buffer.from(Console.encode(console).finish());
    if (!subscription.last?.equals(bytes)) queue.put(id, console);
    subscription.last = bytes;
    unreported?.delete(id);
    syncIfComplete();
  }

  async function look(id: string, subscription: Subscription, maxAgeMs: number): Promise<void> {
    if (subscription.looking) {
      subscription.again = true;
      return;
    }
    subscription.looking = true;
    clearTimeout(subscription.timer);
    try {
      const console = await parts.limiter(() => parts.describer.look(subscription.read, maxAgeMs, signal));
      if (subscriptions.get(id) === subscription) publish(id, subscription, console);
    } catch (error) {
      queue.fail(error);
    }
    subscription.looking = false;
    if (subscriptions.get(id) !== subscription || signal.aborted) return;
    if (subscription.again) {
      subscription.again = false;
      void look(id, subscription, parts.checkIntervalMs);
      return;
    }
    const pause = parts.checkIntervalMs * (0.8 + 0.4 * parts.random());
    subscription.timer = setTimeout(() => void look(id, subscription, 0), pause);
  }

  function subscribe(request: WatchConsolesRequest): void {
    const { change } = request;
    if (change?.$case === 'subscribe') {
      const read = parts.reader.context(change.value);
      const id = read.call.consoleId;
      const known = subscriptions.get(id);
      if (!known && subscriptions.size >= maxSubscriptions) {
        throw new MeshError('RESOURCE_EXHAUSTED', `One stream watches at most ${maxSubscriptions} consoles.`);
      }
      const subscription: Subscription = known ?? {
        read,
        timer: undefined,
        looking: false,
        again: false,
        last: undefined,
      };
      subscription.read = read;
      subscriptions.set(id, subscription);
      unreported?.add(id);
      void look(id, subscription, parts.checkIntervalMs);
    } else if (change?.$case === 'unsubscribeConsoleId') {
      clearTimeout(subscriptions.get(change.value)?.timer);
      subscriptions.delete(change.value);
      queue.drop(change.value);
      unreported?.delete(change.value);
      syncIfComplete();
    } else if (change?.$case === 'endOfSubscriptions') {
      batchComplete = true;
      syncIfComplete();
    }
  }

  async function readRequests(): Promise<void> {
    try {
      for await (const request of requests) subscribe(request);
    } catch (error) {
      queue.fail(error);
    }
  }

  const stopListening = parts.onChange((id) => {
    const subscription = subscriptions.get(id);
    if (subscription) void look(id, subscription, parts.checkIntervalMs);
  });
  void readRequests();
  try {
    for await (const notice of queue.notices(signal)) yield toMessage(notice);
  } finally {
    stopListening();
    for (const { timer } of subscriptions.values()) clearTimeout(timer);
    subscriptions.clear();
  }
}

function toMessage(notice: Notice<Console>): WatchConsolesResponse {
  if (notice.kind === 'item') return { notice: { $case: 'console', value: notice.item } };
  return notice.kind === 'synced'
    ? { notice: { $case: 'synced', value: {} } }
    : { notice: { $case: 'heartbeat', value: {} } };
}
