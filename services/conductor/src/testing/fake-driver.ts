import {
  ConsolePhase,
  DriverServiceDefinition,
  type DriverServiceImplementation,
  type NodeAccess,
  PowerState,
  type ReadConsoleLogRequest,
  type StartConsoleRequest,
  type WatchConsolesRequest,
  type WatchConsolesResponse,
  type Console as WireConsole,
} from '@consolemesh/contracts/driver';
import {
  Affinity,
  Capability,
  type GetPluginInfoResponse,
  PluginServiceDefinition,
  PluginType,
  ProbeState,
} from '@consolemesh/contracts/plugin';
import type { Timestamp } from '@consolemesh/contracts/protobuf';
import { ConsoleKind, type Endpoint, EndpointKind } from '@consolemesh/contracts/types';
import { MeshError, type Reason } from '@consolemesh/errors';
import { bind, type MeshServer, plaintext, serve, silentLogger } from '@consolemesh/mesh';
import { createQueue, type Queue } from '../queue.ts';

/** A driver in memory behind real gRPC; it obeys the rules of key and fence and does what a test tells it. */
export interface FakeDriver extends AsyncDisposable {
  readonly target: string;
  readonly instanceId: string;
  readonly port: number;
  /** Calls in their order: `StartConsole 1/2` is generation 1 with fence 2. */
  readonly calls: string[];
  /** What it holds, by console id. */
  readonly consoles: Map<string, WireConsole>;
  readonly requests: StartConsoleRequest[];
  /** Restore states that came with a stop. */
  readonly restored: string[];
  /** driver_info and driver_secrets that came with a stop. */
  readonly stoppedWith: Pick<NodeAccess, 'driverInfo' | 'driverSecrets'>[];
  /** Every following call of this method fails so, until told otherwise. */
  fail(method: string, reason: Reason | undefined, message?: string): void;
  /** Every following call of this method waits until the answer of this function resolves. */
  hold(method: string): { reached: Promise<void>; release: () => void };
  /** Changes what is answered to StartConsole. */
  answer(change: Partial<FakeAnswers>): void;
  /** Changes a console and tells those who watch. */
  report(consoleId: string, change: Partial<WireConsole>): void;
  /** Streams that watch at the moment. */
  watchers(): number;
}

interface FakeAnswers {
  chosen: EndpointKind;
  endpoints: Endpoint[];
  driverState: Buffer;
  leftChanged: string[];
  app: string;
  /** Option that has to be in driver_info for the node to validate. */
  needs: string;
  /** What ReadConsoleLog says. */
  log: (request: ReadConsoleLogRequest) => { at: Timestamp; data: Buffer }[];
}

/** A TCP endpoint for the mesh. */
export function tcpEndpoint(port: number, maxSessions = 1): Endpoint {
  return {
    audience: 1,
    transport: {
      $case: 'tcp',
      value: { host: '127.0.0.1', port, tls: undefined, username: '', password: 'bmc-password' },
    },
    maxSessions,
    rfb: undefined,
  };
}

/** Starts one instance on a free loopback port, or on a given one. */
export async function startFakeDriver(
  options: { name?: string; port?: number; affinity?: Affinity; kinds?: ConsoleKind[] } = {},
): Promise<FakeDriver> {
  const { name = 'fake', affinity = Affinity.INSTANCE } = options;
  const kinds = options.kinds ?? [ConsoleKind.GRAPHICAL, ConsoleKind.SERIAL];
  const instanceId = `${name}-${Math.random().toString(36).slice(2, 10)}`;
  const calls: string[] = [];
  const consoles = new Map<string, WireConsole>();
  const requests: StartConsoleRequest[] = [];
  const restored: string[] = [];
  const stoppedWith: FakeDriver['stoppedWith'] = [];
  const failures = new Map<string, MeshError>();
  const holds = new Map<string, { reached: () => void; released: Promise<void> }>();
  const watchers = new Map<Queue<WatchConsolesResponse>, Set<string>>();
  const fences = new Map<string, bigint>();
  const answers: FakeAnswers = {
    chosen: EndpointKind.TCP,
    endpoints: [tcpEndpoint(5900)],
    driverState: Buffer.from('state-1'),
    leftChanged: [],
    app: 'fake-app',
    needs: 'address',
    log: () => [],
  };
  let server: MeshServer;

  async function enter(method: string, note = ''): Promise<void> {
    calls.push(`${method}${note}`);
    const held = holds.get(method);
    if (held) {
      held.reached();
      await held.released;
    }
    const failure = failures.get(method);
    if (failure) throw failure;
  }
  const tell = (console: WireConsole) => {
    for (const [queue, ids] of watchers) {
      if (ids.has(console.key!.consoleId)) queue.push({ notice: { $case: 'console', value: console } });
    }
  };
  const stoppedConsole = (consoleId: string, generation: bigint): WireConsole => ({
    key: { consoleId, generation },
    kind: ConsoleKind.GRAPHICAL,
    fence: 0n,
    phase: ConsolePhase.STOPPED,
    failure: undefined,
    endpoints: [],
    driverState: Buffer.alloc(0),
    sessions: 0,
  });
  const checkFence = (consoleId: string, fence: bigint) => {
    if (fence < (fences.get(consoleId) ?? 0n)) throw new MeshError('STALE_FENCE');
    fences.set(consoleId, fence);
  };

  const implementation: DriverServiceImplementation = {
    async validateNode({ node }) {
      await enter('ValidateNode');
      if (answers.needs in (node?.driverInfo ?? {})) return { violations: [] };
      const field = `driver_info.${answers.needs}`;
      return { violations: [{ field, reason: 'FIELD_REQUIRED', message: 'is needed' }] };
    },
    async prepareConsole({ context }) {
      await enter('PrepareConsole', ` ${context!.key!.generation}/${context!.fence}`);
      return {
        restoreState: Buffer.from(`restore-${context!.key!.generation}`),
        changes: ['VNC is switched on.'],
      };
    },
    async startConsole(request) {
      const { key, fence, kind } = request.context!;
      requests.push(request);
      await enter('StartConsole', ` ${key!.generation}/${fence}`);
      checkFence(key!.consoleId, fence);
      const { chosen, endpoints, driverState } = answers;
      const console: WireConsole = {
        ...stoppedConsole(key!.consoleId, key!.generation),
        kind,
        fence,
        phase: ConsolePhase.READY,
        endpoints: chosen === EndpointKind.CONTAINER ? [] : endpoints,
        driverState,
      };
      consoles.set(key!.consoleId, console);
      return {
        chosen,
        why: 'It is the only kind that it has.',
        endpoints: console.endpoints,
        driverState,
        ...(chosen === EndpointKind.CONTAINER ? { container: { app: answers.app, appInfo: '{}' } } : {}),
      };
    },
    async stopConsole({ context }) {
      const { key, fence, restoreState, node } = context!;
      stoppedWith.push({ driverInfo: node!.driverInfo, driverSecrets: node!.driverSecrets });
      await enter('StopConsole', ` ${key!.generation}/${fence}`);
      checkFence(key!.consoleId, fence);
      restored.push(restoreState.toString());
      const known = consoles.get(key!.consoleId);
      if (known && known.key!.generation <= key!.generation) consoles.delete(key!.consoleId);
      return { leftChanged: answers.leftChanged };
    },
    async getConsole({ context }) {
      const { consoleId, generation } = context!.key!;
      await enter('GetConsole', ` ${generation}/${context!.fence}`);
      return { console: consoles.get(consoleId) ?? stoppedConsole(consoleId, generation) };
    },
    async listConsoles() {
      await enter('ListConsoles');
      return { consoles: [...consoles.values()], nextPageToken: '' };
    },
    async *watchConsoles(incoming: AsyncIterable<WatchConsolesRequest>, { signal }) {
      const queue = createQueue<WatchConsolesResponse>(1_000);
      const ids = new Set<string>();
      watchers.set(queue, ids);
      signal.addEventListener('abort', () => queue.close(), { once: true });
      void (async () => {
        try {
          for await (const { change } of incoming) {
            if (change?.$case === 'unsubscribeConsoleId') ids.delete(change.value);
            if (change?.$case === 'endOfSubscriptions')
              queue.push({ notice: { $case: 'synced', value: {} } });
            if (change?.$case !== 'subscribe') continue;
            const { consoleId, generation } = change.value.key!;
            ids.add(consoleId);
            const value = consoles.get(consoleId) ?? stoppedConsole(consoleId, generation);
            queue.push({ notice: { $case: 'console', value } });
          }
        } catch {
          // The stream was cancelled.
        }
        queue.close();
      })();
      try {
        yield* queue;
      } finally {
        watchers.delete(queue);
      }
    },
    async *readConsoleLog(request, { signal }) {
      await enter('ReadConsoleLog');
      for (const piece of answers.log(request)) yield piece;
      if (request.follow) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    async getPowerState() {
      await enter('GetPowerState');
      return { state: PowerState.ON };
    },
    async setPowerState({ operationId, action }) {
      await enter('SetPowerState', ` ${operationId} ${action}`);
      return { state: PowerState.OFF };
    },
    async setBootDevice({ operationId, device }) {
      await enter('SetBootDevice', ` ${operationId} ${device}`);
      return {};
    },
    sendSerialBreak: async () => ({}),
    captureScreen: async () => ({}),
  };

  const info = (): GetPluginInfoResponse => ({
    name,
    version: '1.0.0',
    instanceId,
    target: server.target,
    type: PluginType.DRIVER,
    optionsSchema: JSON.stringify({
      properties: {
        driver_info: { properties: { address: { 'x-consolemesh-locates': true } } },
        driver_secrets: { properties: {} },
      },
    }),
  });
  server = await serve({
    listen: { host: '127.0.0.1', port: options.port ?? 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 100,
    services: [
      bind(DriverServiceDefinition, implementation),
      bind(PluginServiceDefinition, {
        getPluginInfo: async () => info(),
        getPluginCapabilities: async () => ({
          consoles: kinds.map((kind) => ({ kind, endpointKinds: [EndpointKind.TCP], affinity })),
          capabilities: [Capability.POWER, Capability.CONSOLE_LOG],
        }),
        probe: async () => ({ state: ProbeState.READY, message: '' }),
      }),
    ],
  });

  return {
    target: server.target,
    instanceId,
    port: server.port,
    calls,
    consoles,
    requests,
    restored,
    stoppedWith,
    fail(method, reason, message) {
      if (reason) failures.set(method, new MeshError(reason, message));
      else failures.delete(method);
    },
    hold(method) {
      let reached = () => {};
      let release = () => {};
      const arrived = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      holds.set(method, { reached, released });
      return {
        reached: arrived,
        release: () => {
          holds.delete(method);
          release();
        },
      };
    },
    answer: (change) => Object.assign(answers, change),
    report(consoleId, change) {
      const console = { ...consoles.get(consoleId)!, ...change };
      consoles.set(consoleId, console);
      tell(console);
    },
    watchers: () => watchers.size,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
