import { randomUUID } from 'node:crypto';
import {
  type ConsoleContext,
  DriverServiceDefinition,
  type StartConsoleRequest,
  type StartConsoleResponse,
} from '@consolemesh/contracts/driver';
import {
  Affinity,
  type Capability,
  type ConsoleCapability,
  type GetPluginCapabilitiesResponse,
} from '@consolemesh/contracts/plugin';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { makeAttachTicket, type Trust } from '@consolemesh/mesh';
import { applies } from '../case.ts';
import {
  createEnvironment,
  type Environment,
  newAttachKey,
  newConsoleId,
  newPassword,
} from '../environment.ts';

/** Options and secrets of a node. */
export interface NodeOptions {
  readonly driverInfo: Readonly<Record<string, string>>;
  readonly driverSecrets: Readonly<Record<string, string>>;
}

/** A driver to try out. What is left out is not tried. */
export interface DriverSubject {
  /** gRPC targets of instances of the same driver; two show what concerns "another instance". */
  readonly targets: readonly string[];
  readonly trust: Trust;
  /** A node that can be used: console sessions are opened on it, and with power capabilities it is switched off and on. */
  readonly node: NodeOptions;
  /**
   * Further nodes with machines of their own. Where a machine bears one console only, as many as a case starts at once (four); consoles that
   * stand at the same time are spread over them.
   */
  readonly more?: readonly NodeOptions[];
  /** A node with good syntax whose machine cannot be reached. */
  readonly unreachable?: NodeOptions;
  /** The same machine with credentials that it refuses. */
  readonly refused?: NodeOptions;
  /** Attempts that have reached the machine so far. */
  readonly attempts?: () => number;
  /** Breaks what stands, so that started consoles stop working, and mends it; for a node of this id. */
  readonly breakMachine?: (nodeId: string) => Promise<void>;
  readonly mendMachine?: (nodeId: string) => Promise<void>;
  /** A node whose streams break by themselves after some bytes. */
  readonly dying?: NodeOptions;
  /** What a serial line says after a break. */
  readonly breakEcho?: string;
  /** Whether a serial line sends back megabytes within seconds. */
  readonly fastLine?: boolean;
}

export type DriverClient = ReturnType<typeof clientOf>;
type StartOptions = {
  readonly kind?: ConsoleKind;
  readonly acceptable?: readonly EndpointKind[];
  readonly consoleId?: string;
  readonly generation?: bigint;
  readonly fence?: bigint;
  readonly node?: NodeOptions;
  readonly nodeId?: string;
  readonly attachKey?: Buffer;
  readonly consolePassword?: string;
  readonly maxTries?: number;
};

/** A console that a case started. */
export interface StartedConsole {
  readonly request: StartConsoleRequest;
  readonly answer: StartConsoleResponse;
  readonly consoleId: string;
  /** The context with what the driver answered. */
  readonly context: ConsoleContext;
}

/** What a driver's cases work with. */
export interface DriverEnv extends Environment {
  readonly subject: DriverSubject;
  readonly target: string;
  readonly driver: DriverClient;
  /** Another instance; ends the case when there is none. */
  another(): { driver: DriverClient; target: string };
  readonly capabilities: GetPluginCapabilitiesResponse;
  can(capability: Capability): boolean;
  /** Kinds of console that it makes. */
  readonly kinds: readonly ConsoleKind[];
  of(kind: ConsoleKind): ConsoleCapability | undefined;
  affinity(kind: ConsoleKind): Affinity;
  /** Ends the case unless this kind of console can be had with this kind of endpoint. */
  needs(kind: ConsoleKind, endpoint: EndpointKind): void;
  /** A request with everything that it needs; the console is stopped when the case ends. */
  request(options?: StartOptions): StartConsoleRequest;
  /** The same after PrepareConsole: it can be started. */
  prepare(options?: StartOptions): Promise<StartConsoleRequest>;
  start(options?: StartOptions): Promise<StartedConsole>;
  /** A ticket for a console started with `request`. */
  ticket(
    request: StartConsoleRequest,
    fields?: { role?: 'control' | 'view'; sessionId?: string; expiresAt?: number; generation?: bigint },
  ): Buffer;
}

function clientOf(env: Environment, target: string) {
  return env.open(target).client(DriverServiceDefinition);
}

/** Asks the driver what it can do and makes an environment for one case. */
export async function createDriverEnv(subject: DriverSubject): Promise<DriverEnv> {
  const env = createEnvironment(subject.trust);
  const target = subject.targets[0]!;
  const driver = clientOf(env, target);
  const capabilities = await env.plugin(target).getPluginCapabilities({});
  const kinds = capabilities.consoles.map((console) => console.kind);
  const of = (kind: ConsoleKind) => capabilities.consoles.find((console) => console.kind === kind);
  const offers = (kind: ConsoleKind) => of(kind)?.endpointKinds ?? [];

  const machines = [subject.node, ...(subject.more ?? [])];
  const given = new Map<string, NodeOptions>();
  /** The same for the same node, another one for another node. */
  function machineOf(id: string): NodeOptions {
    const node = given.get(id) ?? machines[given.size % machines.length]!;
    given.set(id, node);
    return node;
  }

  async function prepare(options: StartOptions = {}): Promise<StartConsoleRequest> {
    const wanted = request(options);
    wanted.context!.restoreState = (await driver.prepareConsole({ context: wanted.context })).restoreState;
    return wanted;
  }

  function request(options: StartOptions = {}): StartConsoleRequest {
    const kind = options.kind ?? kinds[0]!;
    const { nodeId = randomUUID(), consoleId = newConsoleId(), generation = 1n, fence = 1n } = options;
    const node = options.node ?? machineOf(options.nodeId ?? consoleId);
    const made: StartConsoleRequest = {
      context: {
        key: { consoleId, generation },
        kind,
        fence,
        node: {
          nodeId,
          nodeName: 'conformance',
          driverInfo: { ...node.driverInfo },
          driverSecrets: { ...node.driverSecrets },
        },
        driverState: Buffer.alloc(0),
        restoreState: Buffer.alloc(0),
      },
      acceptable: [...(options.acceptable ?? [preferred(offers(kind))])],
      excluded: [],
      consolePassword: options.consolePassword ?? newPassword(),
      attachKey: options.attachKey ?? newAttachKey(),
    };
    // Generation and fence above everything that a case uses, so that whatever is left is stopped.
    const last = { ...made.context!, key: { consoleId, generation: 1_000n }, fence: 1_000n };
    env.cleanUp(() => driver.stopConsole({ context: last }));
    return made;
  }

  return Object.assign(env, {
    subject,
    target,
    driver,
    capabilities,
    kinds,
    of,
    another() {
      const second = subject.targets[1];
      applies(second, 'a second instance is needed');
      return { driver: clientOf(env, second), target: second };
    },
    can: (capability: Capability) => capabilities.capabilities.includes(capability),
    affinity: (kind: ConsoleKind) => of(kind)?.affinity ?? Affinity.INSTANCE,
    needs(kind: ConsoleKind, endpoint: EndpointKind) {
      applies(
        offers(kind).includes(endpoint),
        `the driver offers no ${nameOf(endpoint)} for ${kind === ConsoleKind.SERIAL ? 'serial' : 'graphical'} consoles`,
      );
    },
    request,
    prepare,
    async start(options: StartOptions = {}) {
      const wanted = await prepare(options);
      const answer = await driver.startConsole(wanted);
      const context = { ...wanted.context!, driverState: answer.driverState };
      return { request: wanted, answer, context, consoleId: wanted.context!.key!.consoleId };
    },
    ticket(
      of: StartConsoleRequest,
      fields: { role?: 'control' | 'view'; sessionId?: string; expiresAt?: number; generation?: bigint } = {},
    ) {
      const { consoleId, generation } = of.context!.key!;
      const { role = 'control', sessionId = randomUUID(), expiresAt = Date.now() + 60_000 } = fields;
      const ticket = {
        consoleId,
        generation: fields.generation ?? generation,
        sessionId,
        subject: 'conformance',
        role,
        expiresAt,
      };
      return makeAttachTicket(of.attachKey, ticket);
    },
  });
}

/** Cases that are not about endpoints take the one that leaves most to be seen. */
function preferred(offered: readonly EndpointKind[]): EndpointKind {
  return (
    [EndpointKind.TCP, EndpointKind.RELAY].find((kind) => offered.includes(kind)) ?? EndpointKind.CONTAINER
  );
}

function nameOf(kind: EndpointKind): string {
  return ['?', 'TCP', 'RELAY', 'CONTAINER'][kind] ?? '?';
}
