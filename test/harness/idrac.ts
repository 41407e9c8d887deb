import { X509Certificate } from 'node:crypto';
import { startDracDriver, type Timings } from '@consolemesh/bmc-driver-idrac-wsman';
import {
  type SimulatedIdrac,
  type SimulatedIdracOptions,
  startSimulatedIdrac,
} from '@consolemesh/bmc-simulator';
import {
  type Console,
  DriverServiceDefinition,
  type StartConsoleResponse,
} from '@consolemesh/contracts/driver';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { connect, type Logger, plaintext, silentLogger } from '@consolemesh/mesh';
import { createStack } from './stack.ts';

/** The password that a conductor would have made. */
export const consolePassword = 'Xk7mQ2pz';

/** As in earnest, but for people who do not want to wait; long enough for a busy machine. */
export const briefTimings: Timings = {
  validateMs: 6_000,
  prepareMs: 6_000,
  startMs: 9_000,
  stopMs: 9_000,
  diagnoseMs: 4_000,
  requestMs: 2_000,
  readyMs: 1_500,
  pollMs: 50,
  applyMs: 2_000,
  vncMs: 4_000,
  vncTryMs: 1_000,
  vncPauseMs: 25,
  wedgedMs: 1_000,
};

/** Options of a node. */
export type Options = Readonly<Record<string, string>>;

/** A simulated iDRAC, and drivers in front of it that are called as a conductor calls them. */
export interface IdracWorld extends AsyncDisposable {
  readonly idrac: SimulatedIdrac;
  /** What VNCServer.1 says now, the password left out. */
  settings(): Record<string, string | undefined>;
  /** The node's options: address, pin, user, password. */
  node(info?: Options, secrets?: Options): { info: Options; secrets: Options };
  /** A console at one of the instances, from the first. */
  console(
    node?: { info: Options; secrets: Options },
    instance?: number,
    /** What its conductor has made up for it. */
    password?: string,
  ): WorldConsole;
}

/** One incarnation of a console; keeps the states as a conductor does. */
export interface WorldConsole {
  prepare(signal?: AbortSignal): Promise<readonly string[]>;
  start(signal?: AbortSignal): Promise<StartConsoleResponse>;
  /** PrepareConsole and StartConsole. */
  enable(signal?: AbortSignal): Promise<StartConsoleResponse>;
  stop(signal?: AbortSignal): Promise<readonly string[]>;
  look(): Promise<Console>;
  validate(): Promise<{ field: string; reason: string; message: string }[]>;
  /** The same incarnation at another instance, with a higher fence. */
  at(instance: number): WorldConsole;
}

/** Starts an iDRAC and two instances of its driver. */
export async function startIdracWorld(
  options: Partial<SimulatedIdracOptions> & { timings?: Timings; logger?: Logger } = {},
): Promise<IdracWorld> {
  const { timings = briefTimings, logger = silentLogger, ...simulated } = options;
  const stack = createStack();
  const idrac = stack.use(
    await startSimulatedIdrac({ name: 'idrac-1', stage: 'console', jobMs: 100, ...simulated }),
  );
  const clients = await Promise.all(
    [1, 2].map(async () => {
      const driver = stack.use(await startDracDriver({ trust: plaintext, logger, timings }));
      const connection = stack.use(connect(driver.target, { trust: plaintext }));
      return connection.client(DriverServiceDefinition);
    }),
  );
  const node = (info: Options = {}, secrets: Options = {}) => ({
    info: {
      drac_address: idrac.https.host,
      drac_port: `${idrac.https.port}`,
      drac_username: 'root',
      drac_pin: new X509Certificate(idrac.certificate).fingerprint256,
      ...info,
    },
    secrets: { drac_password: 'calvin', ...secrets },
  });
  let fence = 1n;
  let count = 0;

  function console(wish = node(), instance = 0, password = consolePassword): WorldConsole {
    const consoleId = `console-${++count}`;
    const states: { driverState: Buffer; restoreState: Buffer } = {
      driverState: Buffer.alloc(0),
      restoreState: Buffer.alloc(0),
    };
    const access = {
      nodeId: 'n',
      nodeName: 'rack1-u7',
      driverInfo: { ...wish.info },
      driverSecrets: { ...wish.secrets },
    };
    const context = () => ({
      key: { consoleId, generation: 1n },
      kind: ConsoleKind.GRAPHICAL,
      fence,
      node: access,
      ...states,
    });
    const attachKey = Buffer.alloc(32, 7);
    const through = (index: number): WorldConsole => {
      const client = clients[index]!;
      const one: WorldConsole = {
        async prepare(signal) {
          const options = signal ? { signal } : {};
          const { restoreState, changes } = await client.prepareConsole({ context: context() }, options);
          states.restoreState = restoreState;
          return changes;
        },
        async start(signal) {
          const acceptable = [EndpointKind.TCP];
          const answer = await client.startConsole(
            { context: context(), acceptable, excluded: [], consolePassword: password, attachKey },
            signal ? { signal } : {},
          );
          states.driverState = answer.driverState;
          return answer;
        },
        async enable(signal) {
          await one.prepare(signal);
          return one.start(signal);
        },
        async stop(signal) {
          const request = { context: context(), consolePassword: password };
          return (await client.stopConsole(request, signal ? { signal } : {})).leftChanged;
        },
        look: async () => (await client.getConsole({ context: context() })).console!,
        async validate() {
          const { violations } = await client.validateNode({ node: access, checkReachability: true });
          return violations.map(({ field, reason, message }) => ({ field, reason, message }));
        },
        at(other) {
          fence += 1n;
          return through(other);
        },
      };
      return one;
    };
    return through(instance);
  }

  return {
    idrac,
    settings: () => vncSettingsOf(idrac),
    node,
    console,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** What VNCServer.1 of an iDRAC says, the password and the count of viewers left out. */
export function vncSettingsOf({ attributes }: SimulatedIdrac): Record<string, string | undefined> {
  const names = attributes.definitions
    .filter(({ group, name }) => group === 'VNCServer.1' && !/^(Password|ActiveSessions)$/.test(name))
    .map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, attributes.current(`VNCServer.1#${name}`)]));
}
