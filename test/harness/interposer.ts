import { setTimeout as sleep } from 'node:timers/promises';
import { bind, connect, plaintext, serve, silentLogger } from '@consolemesh/mesh';
import type { CallContext, CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';

/** A call that passes an interposer. */
export interface PassingCall {
  readonly method: string;
  readonly request: unknown;
}

/** What happens to calls on their way. */
export interface Interposition {
  /** Around each unary call; `run` delivers it. */
  around<T>(call: PassingCall, run: () => Promise<T>): Promise<T>;
  /** Changes what a client streams up. */
  upward?(method: string, requests: AsyncIterable<unknown>, signal: AbortSignal): AsyncIterable<unknown>;
}

/** What of a method's definition matters here. */
interface Method {
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** A gRPC server that hands every call of some services on to `target`. */
export async function startInterposer(
  target: string,
  definitions: readonly CompatServiceDefinition[],
  interposition: Interposition,
): Promise<AsyncDisposable & { readonly target: string }> {
  const connection = connect(target, { trust: plaintext, retries: false });
  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: plaintext,
    logger: silentLogger,
    drainMs: 50,
    services: definitions.map((definition) =>
      bind(definition, forward(definition, connection.client(definition) as never, interposition)),
    ),
  });
  return {
    target: server.target,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await Promise.race([server[Symbol.asyncDispose](), sleep(500, undefined, { ref: false })]);
    },
  };
}

type AnyClient = Record<string, (request: unknown, options: { signal: AbortSignal }) => unknown>;

function forward(
  definition: CompatServiceDefinition,
  client: AnyClient,
  { around, upward = (_method, requests) => requests }: Interposition,
): ServiceImplementation<CompatServiceDefinition> {
  const methods = (definition as unknown as { methods: Record<string, Method> }).methods;
  const handlers = Object.entries(methods).map(([method, { requestStream, responseStream }]) => {
    const call = client[method]!;
    if (responseStream) {
      const stream = (requests: AsyncIterable<unknown>, { signal }: CallContext) =>
        call(requestStream ? upward(method, requests, signal) : requests, { signal });
      return [method, stream];
    }
    const unary = (request: unknown, { signal }: CallContext) =>
      around({ method, request }, async () => call(request, { signal }));
    return [method, unary];
  });
  return Object.fromEntries(handlers) as never;
}
