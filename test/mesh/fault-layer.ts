import type { ConnectPlugin } from '@consolemesh/conductor';
import { SessionServiceDefinition } from '@consolemesh/contracts/conductor';
import { TokenServiceDefinition } from '@consolemesh/contracts/token';
import { MeshError } from '@consolemesh/errors';
import { connect, plaintext } from '@consolemesh/mesh';
import type { ManualClock } from '../harness/clock.ts';
import { startInterposer } from '../harness/interposer.ts';
import type { Cable } from '../harness/mesh.ts';
import type { History, Key } from './history.ts';

/** A place where a part can be killed: before a call is delivered, while it is under way, or after it was carried out and before its caller knows. */
export interface Boundary {
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly phase: 'before' | 'during' | 'after';
}

/** A call to a plugin, kept to be made again much later. */
export interface Recorded {
  readonly to: string;
  readonly method: string;
  readonly request: unknown;
}

/** Records every call between the parts of a mesh, and lets a test act at every boundary. */
export interface FaultLayer {
  /** Called at each boundary that counts. */
  onBoundary: (boundary: Boundary) => void | Promise<void>;
  /** Changing calls to plugins since `clear`. */
  readonly recorded: Recorded[];
  connectPlugin(from: string): ConnectPlugin;
  /** Makes and records a call that nobody asked for; answers what it fails with. */
  replay(
    to: string,
    method: string,
    request: unknown,
    run: () => Promise<unknown>,
  ): Promise<string | undefined>;
  tap(cable: Cable): ReturnType<typeof startInterposer>;
}

/** What the layer has to know about the mesh. */
export interface Parts {
  /** Name of the part at a target. */
  nameOf(target: string): string;
  /** Name of its process; another one after each restart. */
  processOf(part: string): string;
  isDead(part: string): boolean;
}

/** Questions that repeat themselves all the time: no boundaries of a scenario. */
const uncounted = new Set([
  'getPluginInfo',
  'getPluginCapabilities',
  'probe',
  'listConsoles',
  'listContainers',
  'watchConsoles',
  'watchContainers',
]);
const changing = /^(prepare|start|stop)/;
/** Signs of life of proxies come at the mesh's time, ms. */
const heartbeatMs = 2_000;

/** A layer in which nothing happens yet. */
export function createFaultLayer(history: History, clock: ManualClock, parts: Parts): FaultLayer {
  let calls = 0;

  async function around<T>(
    call: Omit<Boundary, 'phase'> & { request: unknown },
    run: () => Promise<T>,
  ): Promise<T> {
    const { from, to, method, request } = call;
    if (uncounted.has(method)) return run();
    await layer.onBoundary({ from, to, method, phase: 'before' });
    await untilAlive(from);
    const id = calls++;
    const answer = (error?: string) => history.add({ type: 'answer', call: id, error });
    history.add({ type: 'request', call: id, from, to: parts.processOf(to), method, ...keyOf(request) });
    if (changing.test(method)) layer.recorded.push({ to, method, request });
    try {
      const running = run();
      running.catch(() => {});
      await layer.onBoundary({ from, to, method, phase: 'during' });
      await untilAlive(from);
      const result = await running;
      // Carried out, whoever hears of it: what is done is known to the plugin.
      answer();
      await layer.onBoundary({ from, to, method, phase: 'after' });
      await untilAlive(from);
      if (parts.isDead(to)) throw new MeshError('UNAVAILABLE');
      return result;
    } catch (error) {
      await untilAlive(from);
      answer(error instanceof MeshError ? error.reason : 'INTERNAL');
      throw error;
    }
  }

  /** A dead caller never goes on. */
  async function untilAlive(from: string): Promise<void> {
    if (parts.isDead(from)) await new Promise<never>(() => {});
  }

  const layer: FaultLayer = {
    onBoundary: () => {},
    recorded: [],
    async replay(to, method, request, run) {
      const call = calls++;
      history.add({ type: 'request', call, from: 'replay', to, method, ...keyOf(request) });
      const reason = (error: unknown) => (error instanceof MeshError ? error.reason : String(error));
      const error = await run().then(() => undefined, reason);
      history.add({ type: 'answer', call, error });
      return error;
    },
    connectPlugin: (from) => (target) => {
      const connection = connect(target, { trust: plaintext, retries: false });
      return {
        client(definition) {
          const client = connection.client(definition) as Record<string, unknown>;
          const methods = (definition as unknown as { methods: Record<string, { responseStream: boolean }> })
            .methods;
          const wrapped = Object.entries(methods).map(([method, { responseStream }]) => {
            const call = client[method] as (request: unknown, options: unknown) => Promise<unknown>;
            if (responseStream) return [method, call];
            return [
              method,
              (request: unknown, options: unknown) =>
                around({ from, to: parts.nameOf(target), method, request }, () => call(request, options)),
            ];
          });
          return Object.fromEntries(wrapped);
        },
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      };
    },
    tap: ({ from, to, target }) =>
      startInterposer(target, [to === 'token' ? TokenServiceDefinition : SessionServiceDefinition], {
        around: ({ method, request }, run) => around({ from, to, method, request }, run),
        upward: (method, requests, signal) =>
          method === 'keepSessions' ? withHeartbeats(requests, clock, signal) : requests,
      }),
  };
  return layer;
}

/** The console and the fence in a request to a plugin; of other requests, none. */
function keyOf(request: unknown): { key: Key | undefined; fence: bigint } {
  const { context, key, fence } = request as {
    context?: { key?: Key; fence?: bigint };
    key?: Key;
    fence?: bigint;
  };
  const found = context?.key ?? key;
  return {
    key: found && { consoleId: found.consoleId, generation: found.generation },
    fence: context?.fence ?? fence ?? 0n,
  };
}

async function* withHeartbeats(
  requests: AsyncIterable<unknown>,
  clock: ManualClock,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const incoming = requests[Symbol.asyncIterator]();
  const beat = { notice: { $case: 'heartbeat', value: {} } };
  let next = incoming.next();
  for (;;) {
    let due = () => {};
    const pause = new Promise<'beat'>((resolve) => {
      due = () => resolve('beat');
    });
    using _timer = clock.after(heartbeatMs, due);
    signal.addEventListener('abort', due, { once: true });
    const first = await Promise.race([next, pause]);
    signal.removeEventListener('abort', due);
    if (signal.aborted) return;
    if (first === 'beat') yield beat;
    else if (first.done) return;
    else {
      yield first.value;
      next = incoming.next();
    }
  }
}
