import { randomUUID } from 'node:crypto';
import { startIpmiSolDriver, type Timings } from '@consolemesh/bmc-driver-ipmi-sol';
import {
  type BootDevice,
  type Console,
  DriverServiceDefinition,
  type PowerAction,
  type PowerState,
  type StartConsoleResponse,
} from '@consolemesh/contracts/driver';
import { StreamServiceDefinition } from '@consolemesh/contracts/stream';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { openSession, type Session, type SessionOptions } from '@consolemesh/ipmi';
import type { BmcOptions } from '@consolemesh/ipmi/bmc';
import { connect, createLogger, makeAttachTicket, plaintext } from '@consolemesh/mesh';
import { type AttachClient, attachClient } from '../../libs/conformance/src/attach-client.ts';
import { type SolMachine, solUser, startSolMachine } from './sol-machine.ts';
import { createStack } from './stack.ts';

/** Somebody else who may use the BMC. */
export const stranger = { id: 3, name: 'stranger', password: 'oakwood', privilege: 'administrator' } as const;

/** As in earnest, but for people who do not want to wait. */
export const briefTimings: Partial<Timings> = {
  answerMs: 400,
  stepMs: 50,
  tries: 2,
  settleMs: 200,
  busyMs: 1_000,
  takeBackMs: 1_000,
};

type Options = Readonly<Record<string, string>>;

/** A machine with a BMC, and drivers in front of it that are called as a conductor calls them. */
export interface SolWorld extends AsyncDisposable {
  readonly machine: SolMachine;
  /** Everything that the drivers have logged. */
  readonly log: readonly string[];
  /** A console at one of the instances, from the first. */
  console(info?: Options, secrets?: Options, instance?: number): SolConsole;
  /** Somebody else's session at the BMC. */
  intrude(options?: Partial<SessionOptions>): Promise<Session>;
  /** Shuts an instance down as SIGTERM does. */
  shutDown(instance?: number): Promise<void>;
}

/** One incarnation of a console; keeps the state as a conductor does. */
export interface SolConsole {
  start(): Promise<StartConsoleResponse>;
  stop(): Promise<void>;
  look(): Promise<Console>;
  validate(): Promise<{ field: string; reason: string; message: string }[]>;
  attach(): AttachClient;
  setPower(action: PowerAction): Promise<PowerState>;
  getPower(): Promise<PowerState>;
  boot(device: BootDevice): Promise<void>;
  /** The same incarnation at another instance, with a higher fence and the state that was told last. */
  at(instance: number): SolConsole;
}

/** How a driver is reached, whatever process it runs in. */
export interface SolTarget {
  readonly target: string;
}

/** Calls drivers as a conductor does; targets may join later. */
export function solCaller(targets: readonly SolTarget[], info: Options, secrets: Options) {
  const connections = new Map<number, ReturnType<typeof connect>>();
  const consoleId = `console-${randomUUID()}`;
  const attachKey = Buffer.alloc(32, 7);
  const access = {
    nodeId: 'n',
    nodeName: 'rack1-u7',
    driverInfo: { ...info },
    driverSecrets: { ...secrets },
  };
  let fence = 1n;
  let driverState: Buffer = Buffer.alloc(0);
  const context = () => ({
    key: { consoleId, generation: 1n },
    kind: ConsoleKind.SERIAL,
    fence,
    node: access,
    driverState,
    restoreState: Buffer.alloc(0),
  });
  const connectionTo = (instance: number) => {
    const connection =
      connections.get(instance) ?? connect(targets[instance]!.target, { trust: plaintext, retries: false });
    connections.set(instance, connection);
    return connection;
  };
  const at = (instance: number): SolConsole => {
    const driver = () => connectionTo(instance).client(DriverServiceDefinition);
    return {
      async start() {
        const request = {
          context: context(),
          acceptable: [EndpointKind.RELAY],
          excluded: [],
          consolePassword: 'Xk7mQ2pz',
          attachKey,
        };
        const answer = await driver().startConsole(request);
        driverState = answer.driverState;
        return answer;
      },
      async stop() {
        await driver().stopConsole({ context: context(), consolePassword: '' });
      },
      async look() {
        const console = (await driver().getConsole({ context: context() })).console!;
        if (console.driverState.length > 0) ({ driverState } = console);
        return console;
      },
      async validate() {
        const { violations } = await driver().validateNode({ node: access, checkReachability: true });
        return violations.map(({ field, reason, message }) => ({ field, reason, message }));
      },
      attach() {
        const ticket = makeAttachTicket(attachKey, {
          consoleId,
          generation: 1n,
          sessionId: randomUUID(),
          subject: 'somebody',
          role: 'control',
          expiresAt: Date.now() + 60_000,
        });
        return attachClient(connectionTo(instance).client(StreamServiceDefinition), { ticket });
      },
      async setPower(action) {
        const operationId = randomUUID();
        return (await driver().setPowerState({ node: access, action, operationId })).state;
      },
      getPower: async () => (await driver().getPowerState({ node: access })).state,
      async boot(device) {
        await driver().setBootDevice({ node: access, device, operationId: randomUUID() });
      },
      at(other) {
        fence += 1n;
        return at(other);
      },
    };
  };
  return {
    at,
    [Symbol.dispose]() {
      for (const connection of connections.values()) connection[Symbol.dispose]();
    },
  };
}

export async function startSolWorld(
  options: Partial<BmcOptions> & { timings?: Partial<Timings>; instances?: number } = {},
): Promise<SolWorld> {
  const { timings, instances = 1, ...bmc } = options;
  const stack = createStack();
  const machine = stack.use(await startSolMachine({ users: [solUser, stranger], ...bmc }));
  const log: string[] = [];
  const logger = createLogger('driver', 'debug', { write: (line: string) => void log.push(line) });
  const drivers = await Promise.all(
    Array.from({ length: instances }, async () =>
      stack.use(
        await startIpmiSolDriver({ trust: plaintext, logger, timings: { ...briefTimings, ...timings } }),
      ),
    ),
  );
  return {
    machine,
    log,
    console: (info = {}, secrets = {}, instance = 0) => {
      const all = { ipmi_password: solUser.password, ...secrets };
      return stack.use(solCaller(drivers, machine.info(info), all)).at(instance);
    },
    async intrude(more = {}) {
      const { name: user, password } = stranger;
      return stack.use(await openSession({ host: '127.0.0.1', port: machine.port, user, password, ...more }));
    },
    async shutDown(instance = 0) {
      await drivers[instance]![Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
