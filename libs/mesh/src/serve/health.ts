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
  /** Says for the last time that nothing is served, and ends the streams of those who watch, so that they hold up no shutdown. */
  end(): void;
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
  let over = false;
  let changes = 0;
  const answer = (): HealthCheckResponse => ({ status: serving ? Status.SERVING : Status.NOT_SERVING });

  const wakeAll = () => {
    changes += 1;
    for (const wake of watchers) wake();
  };

  return {
    setServing(next) {
      if (over || next === serving) return;
      serving = next;
      wakeAll();
    },
    isServing: () => serving,
    end() {
      serving = false;
      over = true;
      wakeAll();
    },
    handlers: {
      async check(request) {
        if (!known.has(request.service)) throw new ServerError(Code.NOT_FOUND, 'unknown service');
        return answer();
      },
      async *watch(request, context) {
        if (!known.has(request.service)) {
          yield { status: Status.SERVICE_UNKNOWN };
          while (!over && !context.signal.aborted) await changeOrAbort(watchers, context.signal);
          return;
        }
        for (;;) {
          // Noted before it is said: what changes while the answer is being taken is said next.
          const [seen, last] = [changes, over];
          yield answer();
          if (last) return;
          while (changes === seen && !context.signal.aborted) await changeOrAbort(watchers, context.signal);
          if (context.signal.aborted) return;
        }
      },
    },
  };
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
