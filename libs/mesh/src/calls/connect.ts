import { isIP } from 'node:net';
import { MeshError } from '@consolemesh/errors';
import { clientCalls } from '@consolemesh/telemetry';
import {
  type Client,
  type CompatServiceDefinition,
  createChannel,
  createClientFactory,
  waitForChannelReady,
} from 'nice-grpc';
import { type CallOptions, ClientError, type ClientMiddlewareCall } from 'nice-grpc-common';
import { errorDetailsClientMiddleware, RichClientError } from 'nice-grpc-error-details';
import { meshErrorOf } from '../serve/error-boundary.ts';
import { channelCredentials, isLoopback, type Trust } from '../trust/credentials.ts';
import { type Balancing, balancingConfig, usualBalancing } from './balance.ts';
import { callDeadline } from './connect-deadline.ts';
import { retryCalls } from './retry.ts';
import { createRetryBudget } from './retry-budget.ts';
import { parseTarget } from './target.ts';

/** How to connect. */
export interface ConnectOptions {
  readonly trust: Trust;
  /** Who has to answer, such as `conductor`: under TLS nobody else is spoken to. Any service when unset, as with plugins, which name themselves. */
  readonly service?: string | undefined;
  /** Deadline of a unary call that brings no signal of its own, ms. */
  readonly deadlineMs?: number;
  /** `false` where the caller has a back-off of its own; else unary calls are made again where that is safe (see `retryCalls`). */
  readonly retries?: boolean;
  /** Test seam: times of balancing. */
  readonly balancing?: Partial<Balancing>;
}

/** A channel to one target, which may stand for several instances. Connects when first used and again whenever it has to. */
export interface Connection {
  readonly target: string;
  /** A client; its calls throw MeshError and nothing else. */
  client<D extends CompatServiceDefinition>(definition: D): Client<D>;
  /** Resolves when the channel is connected, rejects with UNAVAILABLE after `ms`. */
  ready(ms: number): Promise<void>;
  [Symbol.dispose](): void;
}

/**
 * Channel settings: keep-alive notices a dead peer within 25 s; the window of 1 MiB is what lets a relay carry a screen; a broken peer is
 * tried again within 5 s at the latest. A name is never asked for a service config, and channelz keeps what nobody reads.
 */
const channelOptions = {
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc-node.flow_control_window': 1024 * 1024,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_channelz': 0,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** Server name in TLS where a target is an IP address: RFC 6066 allows none, and nobody judges it (see `channelCredentials`). */
const nameOfAddresses = 'consolemesh';

/**
 * Opens a channel. The target is a gRPC target URI: a name stands for all of its addresses, `ipv4:` and `ipv6:` may list several. Plaintext
 * is refused toward anything but loopback.
 */
export function connect(target: string, options: ConnectOptions): Connection {
  const { trust, service, retries = true, balancing } = options;
  const hosts = hostsOf(target);
  if (
    trust.kind === 'plaintext' &&
    !(hosts.length > 0 && hosts.every(isLoopback)) &&
    !target.startsWith('unix:')
  ) {
    throw new Error(`plaintext is allowed to loopback only, not to ${target}: set the TLS files`);
  }
  const addresses = hosts.length > 0 && hosts.every((host) => isIP(host) !== 0);
  const spread: { -readonly [K in keyof Balancing]: Balancing[K] } = { ...usualBalancing, ...balancing };
  // Addresses do not change.
  if (addresses || target.startsWith('unix:')) spread.resolveMs = 0;
  const channel = createChannel(target, channelCredentials(trust, service), {
    ...channelOptions,
    'grpc.service_config': balancingConfig(spread),
    'grpc.dns_min_time_between_resolutions_ms': Math.max(spread.resolveMs / 2, 1),
    ...(addresses ? { 'grpc.ssl_target_name_override': nameOfAddresses } : {}),
  });
  let factory = createClientFactory().use(errorDetailsClientMiddleware).use(throwMeshErrors);
  if (retries) factory = factory.use(retryCalls({ budget: createRetryBudget() }));
  factory = factory.use(callDeadline(options.deadlineMs ?? 10_000)).use(clientCalls);
  return {
    target,
    client: (definition) => factory.create(definition, channel) as never,
    async ready(ms) {
      try {
        await waitForChannelReady(channel, new Date(Date.now() + ms));
      } catch (cause) {
        throw new MeshError('UNAVAILABLE', `${target} does not answer.`, { cause });
      }
    },
    [Symbol.dispose]: () => channel.close(),
  };
}

async function* throwMeshErrors<Request, Response>(
  call: ClientMiddlewareCall<Request, Response>,
  options: CallOptions,
): AsyncGenerator<Response, Response | void, undefined> {
  try {
    return yield* call.next(call.request, options);
  } catch (error) {
    if (error instanceof RichClientError) throw meshErrorOf(error.code, error.details, error.extra, error);
    if (error instanceof ClientError) throw meshErrorOf(error.code, error.details, [], error);
    if (error instanceof Error && error.name === 'AbortError') {
      throw new MeshError('CANCELLED', undefined, { cause: error });
    }
    throw error;
  }
}

/** The hosts that a target names; none when it names them in a way that is not ours to read. */
function hostsOf(target: string): string[] {
  const [, scheme = '', list = target] = /^(ipv[46]:)(.+)$/.exec(target) ?? [];
  const parsed = list.split(',').map((one) => parseTarget(`${scheme}${one}`)?.host);
  return parsed.every((host) => host !== undefined) ? parsed : [];
}
