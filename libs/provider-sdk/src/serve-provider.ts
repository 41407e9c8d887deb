import { randomUUID } from 'node:crypto';
import { PluginServiceDefinition } from '@consolemesh/contracts/plugin';
import { ProviderServiceDefinition } from '@consolemesh/contracts/provider';
import type { RunningPlugin } from '@consolemesh/driver-sdk';
import {
  createGenerationGate,
  createPluginService,
  createRelayDoor,
  requirePluginName,
} from '@consolemesh/driver-sdk/kit';
import { bind, type Logger, serve, streamDefinition, type Trust } from '@consolemesh/mesh';
import { observe } from '@consolemesh/telemetry';
import { createContainerLife } from './container-life.ts';
import { createProviderService } from './provider-service.ts';
import type { ContainerRuntime } from './runtime.ts';

/** What a provider needs to be served. */
export interface ServeProviderOptions {
  /** Such as `docker`; lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly version: string;
  /** Where to listen; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly trust: Trust;
  readonly logger: Logger;
  /** gRPC target URI that reaches this very instance from elsewhere; the listening address when absent. */
  readonly advertise?: string | undefined;
  readonly runtime: ContainerRuntime;
  /** How long a container's VNC server may take to answer, ms; 120,000 when absent. */
  readonly readyTimeoutMs?: number | undefined;
  /** Time between two looks at all containers for watchers, ms; 30,000 when absent. */
  readonly checkIntervalMs?: number | undefined;
  /** The clock, ms since the epoch. */
  readonly now?: (() => number) | undefined;
}

/**
 * Serves a provider: provider.v1, plugin.v1, stream.v1, health and reflection, with every rule of provider/v1/SPEC.md. Disposing ends
 * clients with DRAINING and lets unary calls finish; containers go on.
 */
export async function serveProvider(options: ServeProviderOptions): Promise<RunningPlugin> {
  const {
    name,
    version,
    runtime,
    logger,
    now = Date.now,
    readyTimeoutMs = 120_000,
    checkIntervalMs = 30_000,
  } = options;
  requirePluginName(name);
  const instanceId = randomUUID();
  let target = options.advertise ?? '';
  const door = createRelayDoor({ logger, now });
  const gate = createGenerationGate(
    createContainerLife({ name, runtime, door, logger, target: () => target, readyTimeoutMs }),
  );
  const running = () => gate.held().filter(({ phase }) => phase === 'started').length;
  const observed = observe('consolemesh_containers_running', () => [
    { labels: { provider: name }, value: running() },
  ]);
  const plugin = createPluginService({
    name,
    version,
    instanceId,
    type: 'provider',
    optionsSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { options: { type: 'object' } },
    },
    consoles: [{ kind: 'graphical', endpointKinds: ['tcp', 'relay'], affinity: runtime.affinity }],
    capabilities: [],
    target: () => target,
    probe: async () => runtime.probe?.(),
  });
  const server = await serve({
    listen: options.listen,
    trust: options.trust,
    logger,
    services: [
      bind(ProviderServiceDefinition, createProviderService({ runtime, gate, door, checkIntervalMs, now })),
      bind(PluginServiceDefinition, plugin),
      bind(streamDefinition, door.implementation),
    ],
  });
  target ||= server.target;
  return {
    target,
    host: server.host,
    port: server.port,
    instanceId,
    describe: `provider ${name} on ${server.target}`,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      observed[Symbol.dispose]();
      await runtime[Symbol.asyncDispose]?.();
    },
  };
}
