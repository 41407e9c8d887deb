import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from '@consolemesh/contracts/health';
import { type CallContext, Status as Code, ServerError } from 'nice-grpc-common';

/** Whether a server and its services take calls at present; served as grpc.health.v1. */
export interface Health {
  /** One answer for all services, and for the empty name. */
  setServing(serving: boolean): void;
  isServing(): boolean;
  /** Handlers for HealthDefinition. */
  readonly handlers: {
    check(request: HealthCheckRequest): Promise<HealthCheckResponse>;
    watch(request: HealthCheckRequest, context: CallContext): AsyncGenerator<HealthCheckResponse>;
  };
}

/** Health of a server that offers the named services. Serving from the start unless told otherwise. */
export function createHealth(serviceNames: readonly string[]): Health {
  const known = new Set(['', ...serviceNames]);
  const watchers = new Set<() => void>();
  let serving = true;
  const answer = (): HealthCheckResponse => ({ status: serving ? Status.SERVING : Status.NOT_SERVING });

  return {
    setServing(next) {
      if (next === serving) return;
      serving = next;
      for (const wake of watchers) wake();
    },
    isServing: () => serving,
    handlers: {
      async check(request) {
        if (!known.has(request.service)) throw new ServerError(Code.NOT_FOUND, 'unknown service');
        return answer();
      },
      async *watch(request, context) {
        if (!known.has(request.service)) {
          yield { status: Status.SERVICE_UNKNOWN };
          await aborted(context.signal);
          return;
        }
        while (!context.signal.aborted) {
          yield answer();
          await changeOrAbort(watchers, context.signal);
        }
      },
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function changeOrAbort(watchers: Set<() => void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      watchers.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    watchers.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}
