import { randomUUID } from 'node:crypto';
import {
  AuditServiceDefinition,
  type Console,
  ConsoleServiceDefinition,
  InventoryServiceDefinition,
  NodeServiceDefinition,
  type ObservedState,
  PowerServiceDefinition,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { connect, plaintext, silentLogger } from '@consolemesh/mesh';
import { parseKeyRing } from '@consolemesh/store';
import { type Scheduler, systemScheduler } from '../scheduler.ts';
import { type Conductor, type ConductorOptions, startConductor } from '../start-conductor.ts';
import { type FakeToken, startFakeToken } from './fake-token.ts';

/** Conductors with a token service, ready for calls. */
export interface TestMesh extends AsyncDisposable {
  readonly conductors: Conductor[];
  readonly token: FakeToken;
  readonly nodes: ReturnType<typeof clientsOf>['nodes'];
  readonly consoles: ReturnType<typeof clientsOf>['consoles'];
  readonly sessions: ReturnType<typeof clientsOf>['sessions'];
  readonly power: ReturnType<typeof clientsOf>['power'];
  readonly inventory: ReturnType<typeof clientsOf>['inventory'];
  readonly audit: ReturnType<typeof clientsOf>['audit'];
  /** Another conductor on the same database, with clients of its own. */
  add(change?: Partial<ConductorOptions>): Promise<Conductor & { clients: ReturnType<typeof clientsOf> }>;
  /** Makes a node that the fake driver accepts. */
  node(name?: string, info?: Record<string, string>): Promise<string>;
  /** Waits for a state of a console. */
  until(node: string, observed: ObservedState, kind?: ConsoleKind): Promise<Console>;
  /** Waits until something about the graphical console has failed. */
  failing(node: string): Promise<Console>;
}

const keyring = parseKeyRing(`k1:${Buffer.alloc(32, 7).toString('base64')}`);

/** Starts the first conductor. `databaseUrl` in memory unless told. */
export async function startTestMesh(change: Partial<ConductorOptions> = {}): Promise<TestMesh> {
  const scheduler: Scheduler = change.scheduler ?? systemScheduler;
  const token = await startFakeToken(scheduler);
  const conductors: Conductor[] = [];
  const closers: (() => void)[] = [];
  const base: ConductorOptions = {
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    databaseUrl: 'sqlite::memory:',
    keyring,
    drivers: [],
    providers: [],
    tokenTarget: token.target,
    novncproxyUrl: 'http://127.0.0.1:6090/',
    pluginPollMs: 100,
    random: () => 0.5,
    ...(change.scheduler ? { clock: () => scheduler.now() } : {}),
    ...change,
  };
  const add = async (more: Partial<ConductorOptions> = {}) => {
    const conductor = await startConductor({ ...base, ...more });
    conductors.push(conductor);
    const connection = connect(conductor.target, { trust: plaintext });
    closers.push(() => connection[Symbol.dispose]());
    return { ...conductor, clients: clientsOf(connection) };
  };
  const first = await add();
  const { nodes, consoles } = first.clients;
  const waitFor = async (node: string, found: (console: Console) => boolean) => {
    const signal = AbortSignal.timeout(15_000);
    for await (const { event } of consoles.watchConsoles({ node }, { signal })) {
      if (event?.$case === 'console' && found(event.value)) return event.value;
    }
    throw new Error('the watch ended');
  };
  return {
    conductors,
    token,
    ...first.clients,
    add,
    async node(name = `node-${randomUUID().slice(0, 8)}`, driverInfo = { address: '192.0.2.1' }) {
      const secrets = { password: 'calvin' };
      await nodes.createNode({ node: { name, driverInfo, driverSecrets: secrets } });
      return name;
    },
    until: (node, observed, kind = ConsoleKind.GRAPHICAL) =>
      waitFor(node, (console) => console.kind === kind && console.observed === observed),
    failing: (node) =>
      waitFor(node, ({ kind, lastError }) => kind === ConsoleKind.GRAPHICAL && lastError !== undefined),
    async [Symbol.asyncDispose]() {
      for (const close of closers) close();
      for (const conductor of conductors) await conductor[Symbol.asyncDispose]();
      await token[Symbol.asyncDispose]();
    },
  };
}

function clientsOf(connection: ReturnType<typeof connect>) {
  return {
    nodes: connection.client(NodeServiceDefinition),
    consoles: connection.client(ConsoleServiceDefinition),
    sessions: connection.client(SessionServiceDefinition),
    power: connection.client(PowerServiceDefinition),
    inventory: connection.client(InventoryServiceDefinition),
    audit: connection.client(AuditServiceDefinition),
  };
}
