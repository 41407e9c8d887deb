import { descriptorSet } from '@consolemesh/contracts';
import { HealthDefinition } from '@consolemesh/contracts/health';
import { MeshError } from '@consolemesh/errors';
import { count, serverCalls } from '@consolemesh/telemetry';
import { logVerbosity, type ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { type CompatServiceDefinition, createServer, type ServiceImplementation } from 'nice-grpc';
import { errorDetailsServerMiddleware } from 'nice-grpc-error-details';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import { targetOf } from '../calls/target.ts';
import type { Logger } from '../log/logger.ts';
import { authorize } from '../trust/authorize.ts';
import { isLoopback, type ServerTrust, serverCredentials, type Trust } from '../trust/credentials.ts';
import { standardAdministrators } from '../users/principal.ts';
import type { Users } from '../users/users.ts';
import { createWindowedCounts } from '../windowed-counts.ts';
import { createDrain } from './drain.ts';
import { errorBoundary } from './error-boundary.ts';
import { createHealth } from './health.ts';
import { watchHandshakes } from './watch-handshakes.ts';

/** One contract and what serves it; made by `bind`, which checks that the two belong together. */
export interface Binding {
  readonly definition: CompatServiceDefinition;
  readonly implementation: ServiceImplementation<CompatServiceDefinition>;
}

/** Ties an implementation to its contract. A method that is missing at run time answers UNIMPLEMENTED and names itself. */
export function bind<D extends CompatServiceDefinition>(
  definition: D,
  implementation: ServiceImplementation<D>,
): Binding {
  const complete: Record<string, unknown> = {};
  for (const name of Object.keys((definition as { methods?: object }).methods ?? definition)) {
    const method = (implementation as Record<string, unknown>)[name];
    complete[name] =
      typeof method === 'function' ? method.bind(implementation) : notOffered(definition, name);
  }
  return { definition, implementation: complete as never };
}

/** What a server is made of. */
export interface ServeOptions {
  /** Where to listen; port 0 takes a free one. Plaintext is refused anywhere but on loopback. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly trust: Trust;
  readonly logger: Logger;
  readonly services: readonly Binding[];
  /** Users who may come by TLS with a password or a token instead of a certificate; nobody may when unset. */
  readonly users?: Users | undefined;
  /** Users and groups (`user/admin`, `group/ops`) who may act on everything; `user/admin` unless told. */
  readonly administrators?: readonly string[] | undefined;
  /** How long unary calls may go on when the server ends, ms. */
  readonly drainMs?: number;
  /** Test seam: a client that is silent for `timeMs` is asked whether it lives, and has `timeoutMs` to say so. */
  readonly keepalive?: { readonly timeMs: number; readonly timeoutMs: number };
}

/** A gRPC server that runs. */
export interface MeshServer {
  readonly host: string;
  readonly port: number;
  /** gRPC target URI of this very server. */
  readonly target: string;
  /** Says by grpc.health.v1 whether it takes calls. */
  setServing(serving: boolean): void;
  /** Calls that the authorization table refused so far, and clients that were refused for their certificates. */
  refusedCalls(): number;
  /** Not serving, no new calls, streams ended with DRAINING, unary calls given `drainMs`; then closed. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves contracts with everything that every server of the mesh has: the error boundary, authorization, health, reflection and
 * drain. Rejects with an error that names the address when it cannot listen there.
 */
export async function serve(options: ServeOptions): Promise<MeshServer> {
  const { listen, logger, administrators = standardAdministrators } = options;
  const trust = ofServer(options.trust);
  if (trust.kind === 'plaintext' && !isLoopback(listen.host)) {
    throw new Error(
      `plaintext is allowed on loopback only, not on ${listen.host}: set the TLS files, or listen on 127.0.0.1`,
    );
  }
  // grpc-js writes to standard error what it throws anyway; one log is enough.
  setLogVerbosity(logVerbosity.NONE);
  const names = options.services.map((service) => serviceName(service.definition));
  const health = createHealth(names);
  const drain = createDrain(['/grpc.health.', '/grpc.reflection.']);
  let refused = 0;
  const refuse = (method: string, caller: string) => {
    refused += 1;
    count('consolemesh_rpc_identities_refused_total', { method, caller: caller.split('/')[0]! });
  };

  // A client that is gone without a word keeps places and streams otherwise, until TCP gives up after a quarter of an hour.
  const { timeMs, timeoutMs } = options.keepalive ?? { timeMs: 20_000, timeoutMs: 10_000 };
  const server = createServer({
    'grpc.keepalive_time_ms': timeMs,
    'grpc.keepalive_timeout_ms': timeoutMs,
    'grpc.enable_channelz': 0,
  })
    .use(errorDetailsServerMiddleware)
    // Around the boundary: it sees what callers see, and the lines of the boundary belong to the call.
    .use(serverCalls)
    .use(errorBoundary(logger))
    .use(drain.middleware)
    .use(
      authorize(trust.kind, administrators, (caller, path) => {
        refuse(path.replace(/^\//, ''), caller);
        logger.warn({ caller, path }, 'refused a call');
      }),
    );
  for (const { definition, implementation } of options.services) server.add(definition, implementation);
  server.add(HealthDefinition, health.handlers);
  server.add(
    ServerReflectionService,
    ServerReflection(descriptorSet(), [
      ...names,
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
    ]),
  );

  const port = await listenOn(server, listen, serverCredentials(trust, options.users));
  const told = createWindowedCounts({ windowMs: 60_000, entries: 1_000 });
  const handshakes =
    trust.kind === 'mtls' &&
    watchHandshakes(port, ({ address, why }) => {
      refuse('handshake', 'nobody');
      // Whoever scans a network knocks often, and behind a load balancer all have one address: a line a minute for each mistake of each.
      const mistake = `${address} ${why}`;
      if (told.of(mistake) === 0)
        logger.warn({ client: address, why }, 'refused a client for its certificate');
      told.add(mistake);
    });
  return {
    host: listen.host,
    port,
    target: targetOf(listen.host, port),
    setServing: (serving) => health.setServing(serving),
    refusedCalls: () => refused,
    async [Symbol.asyncDispose]() {
      health.end();
      drain.begin();
      await shutDown(server, options.drainMs ?? 3_000);
      if (handshakes) handshakes[Symbol.dispose]();
    },
  };
}

function ofServer(trust: Trust): ServerTrust {
  if (trust.kind === 'tls') throw new Error('a server needs a certificate: set all three TLS files');
  return trust;
}

/**
 * Resolves when all calls are over, or after `ms`: what is left is cut off then. It is not waited for the word that all connections are
 * closed, which never comes where a client is gone without one: Node then waits for that client's end of TCP.
 */
async function shutDown(server: ReturnType<typeof createServer>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, ms);
  });
  await Promise.race([server.shutdown(), late]);
  clearTimeout(timer);
}

async function listenOn(
  server: ReturnType<typeof createServer>,
  listen: { host: string; port: number },
  credentials: ServerCredentials,
): Promise<number> {
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  try {
    return await server.listen(`${host}:${listen.port}`, credentials);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const taken = /EADDRINUSE/.test(text);
    throw new Error(
      taken
        ? `port ${listen.port} on ${listen.host} is taken by another program; choose another port`
        : `cannot listen on ${host}:${listen.port}: ${text}`,
      { cause: error },
    );
  }
}

function notOffered(definition: CompatServiceDefinition, method: string) {
  return () => {
    throw new MeshError('UNIMPLEMENTED', `${serviceName(definition)}/${method} is not offered here.`);
  };
}

function serviceName(definition: CompatServiceDefinition): string {
  const { fullName } = definition as { fullName?: string };
  if (!fullName) throw new Error('a service definition without its full name');
  return fullName;
}
