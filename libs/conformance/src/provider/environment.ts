import { randomUUID } from 'node:crypto';
import { Affinity, type GetPluginCapabilitiesResponse } from '@consolemesh/contracts/plugin';
import {
  ProviderServiceDefinition,
  type StartContainerRequest,
  type StartContainerResponse,
} from '@consolemesh/contracts/provider';
import { ConsoleKind, EndpointKind } from '@consolemesh/contracts/types';
import { makeAttachTicket, type Trust } from '@consolemesh/mesh';
import type { RelayEnv } from '../attach-cases.ts';
import { applies } from '../case.ts';
import {
  createEnvironment,
  type Environment,
  newAttachKey,
  newConsoleId,
  newPassword,
} from '../environment.ts';

/** What a container is to run. */
export interface AppOptions {
  readonly app: string;
  /** JSON object. */
  readonly appInfo: string;
}

/** A provider to try out. What is left out is not tried. */
export interface ProviderSubject {
  /** gRPC targets of instances of the same provider; two show what concerns "another instance". */
  readonly targets: readonly string[];
  readonly trust: Trust;
  /** An application that works. */
  readonly app: AppOptions;
  /** One that cannot be started. */
  readonly failing?: AppOptions;
  /** One whose streams break by themselves. */
  readonly dying?: AppOptions;
  /** Ends a container behind the provider's back, by its runtime name. */
  readonly kill?: (runtimeName: string) => Promise<void>;
  /** StopAllContainers may be tried: nobody else uses this provider. */
  readonly mayStopAll?: boolean;
}

export type ProviderClient = ReturnType<typeof clientOf>;
type StartOptions = {
  readonly consoleId?: string;
  readonly generation?: bigint;
  readonly fence?: bigint;
  readonly app?: AppOptions;
  readonly acceptable?: readonly EndpointKind[];
};

/** A container that a case started. */
export interface StartedContainer {
  readonly request: StartContainerRequest;
  readonly answer: StartContainerResponse;
  readonly key: NonNullable<StartContainerRequest['key']>;
}

/** What a provider's cases work with. */
export interface ProviderEnv extends RelayEnv {
  readonly subject: ProviderSubject;
  readonly provider: ProviderClient;
  readonly capabilities: GetPluginCapabilitiesResponse;
  readonly affinity: Affinity;
  another(): { provider: ProviderClient; target: string };
  request(options?: StartOptions): StartContainerRequest;
  start(options?: StartOptions): Promise<StartedContainer>;
}

function clientOf(env: Environment, target: string) {
  return env.open(target).client(ProviderServiceDefinition);
}

/** Asks the provider what it can do and makes an environment for one case. */
export async function createProviderEnv(subject: ProviderSubject): Promise<ProviderEnv> {
  const env = createEnvironment(subject.trust);
  const target = subject.targets[0]!;
  const provider = clientOf(env, target);
  const capabilities = await env.plugin(target).getPluginCapabilities({});
  const offered = capabilities.consoles[0]?.endpointKinds ?? [];

  function request(options: StartOptions = {}): StartContainerRequest {
    const { app = subject.app, consoleId = newConsoleId(), generation = 1n, fence = 1n } = options;
    const acceptable = options.acceptable ?? [
      offered.includes(EndpointKind.TCP) ? EndpointKind.TCP : EndpointKind.RELAY,
    ];
    const last = { key: { consoleId, generation: 1_000n }, fence: 1_000n };
    env.cleanUp(() => provider.stopContainer(last));
    return {
      key: { consoleId, generation },
      fence,
      app: app.app,
      appInfo: app.appInfo,
      consolePassword: newPassword(),
      attachKey: newAttachKey(),
      readOnly: false,
      acceptable: [...acceptable],
      nodeName: 'conformance',
    };
  }

  async function start(options: StartOptions = {}): Promise<StartedContainer> {
    const wanted = request(options);
    return { request: wanted, answer: await provider.startContainer(wanted), key: wanted.key! };
  }

  return Object.assign(env, {
    subject,
    target,
    provider,
    capabilities,
    affinity: capabilities.consoles[0]?.affinity ?? Affinity.INSTANCE,
    another() {
      const second = subject.targets[1];
      applies(second, 'a second instance is needed');
      return { provider: clientOf(env, second), target: second };
    },
    request,
    start,
    relayKinds: offered.includes(EndpointKind.RELAY) ? [ConsoleKind.GRAPHICAL] : [],
    anotherTarget: () => subject.targets[1],
    async startRelay(_kind: ConsoleKind, { dying = false } = {}) {
      const app = dying ? subject.dying : subject.app;
      if (!app) return undefined;
      const { request: made, answer, key } = await start({ app, acceptable: [EndpointKind.RELAY] });
      const ticketWith =
        (attachKey: Buffer) =>
        (
          fields: {
            role?: 'control' | 'view';
            sessionId?: string;
            expiresAt?: number;
            generation?: bigint;
          } = {},
        ) => {
          const {
            role = 'control',
            sessionId = randomUUID(),
            expiresAt = Date.now() + 60_000,
            generation = key.generation,
          } = fields;
          return makeAttachTicket(attachKey, {
            consoleId: key.consoleId,
            generation,
            sessionId,
            subject: 'conformance',
            role,
            expiresAt,
          });
        };
      return {
        maxSessions: answer.endpoints[0]?.maxSessions || 1,
        ticket: ticketWith(made.attachKey),
        forged: () => ticketWith(newAttachKey())(),
        stop: () => provider.stopContainer({ key, fence: made.fence }),
      };
    },
  });
}
