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
import { channelCredentials, isLoopback, type Trust } from './credentials.ts';
import { meshErrorOf } from './error-boundary.ts';
import { parseTarget } from './target.ts';

/** How to connect. */
export interface ConnectOptions {
  readonly trust: Trust;
  /** Deadline of a unary call that brings no signal of its own, ms. */
  readonly deadlineMs?: number;
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
 * Channel settings: keep-alive notices a dead peer within 25 s; the window of 1 MiB is what lets a relay carry a screen; round robin
 * spreads calls over all addresses of a name; a broken peer is tried again within 5 s at the latest.
 */
const channelOptions = {
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc-node.flow_control_window': 1024 * 1024,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** Server name in TLS where a target is an IP address: RFC 6066 allows none, and nobody judges it (see `channelCredentials`). */
const nameOfAddresses = 'consolemesh';

/** Opens a channel. Plaintext is refused toward anything but loopback. */
export function connect(target: string, options: ConnectOptions): Connection {
  const host = parseTarget(target)?.host;
  if (
    options.trust.kind === 'plaintext' &&
    !(host !== undefined && isLoopback(host)) &&
    !target.startsWith('unix:')
  ) {
    throw new Error(`plaintext is allowed to loopback only, not to ${target}: set the TLS files`);
  }
  const channel = createChannel(target, channelCredentials(options.trust), {
    ...channelOptions,
    ...(host !== undefined && isIP(host) !== 0 ? { 'grpc.ssl_target_name_override': nameOfAddresses } : {}),
  });
  const factory = createClientFactory()
    .use(errorDetailsClientMiddleware)
    .use(throwMeshErrors)
    .use(defaultDeadline(options.deadlineMs ?? 10_000))
    .use(clientCalls);
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

function defaultDeadline(ms: number) {
  return async function* deadline<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ): AsyncGenerator<Response, Response | void, undefined> {
    if (call.requestStream || call.responseStream || options.signal) {
      return yield* call.next(call.request, options);
    }
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), ms);
    try {
      return yield* call.next(call.request, { ...options, signal: timeout.signal });
    } catch (error) {
      if (!timeout.signal.aborted) throw error;
      throw new MeshError('DEADLINE_EXCEEDED', `${call.method.path} did not answer within ${ms} ms.`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  };
}
