import { MeshError } from '@consolemesh/errors';
import { count, reasonOf } from '@consolemesh/telemetry';
import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';
import type { RetryBudget } from './retry-budget.ts';
import { retryPause } from './retry-pause.ts';
import { unprocessedKey } from './retry-unprocessed.ts';

/** What retries need of the world. */
export interface RetryTools {
  readonly budget: RetryBudget;
  /** 0 to 1. */
  readonly random?: () => number;
  /** Waits; rejects when the signal fires. */
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Client middleware that makes a failed unary call again where that is safe and may help: see `retryPause`. It stands inside the deadline,
 * so that all attempts together take no longer than one. When nothing helps, the last error is the one that comes out.
 */
export function retryCalls({ budget, random = Math.random, pause = wait }: RetryTools) {
  return async function* retried<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ): AsyncGenerator<Response, Response | void, undefined> {
    if (call.requestStream || call.responseStream) return yield* call.next(call.request, options);
    const { path, options: method } = call.method;
    const repeatable = method.idempotencyLevel !== undefined;
    for (let attempt = 1; ; attempt++) {
      let unprocessed = false;
      try {
        const answer = yield* call.next(call.request, {
          ...options,
          onTrailer(trailer) {
            unprocessed = trailer.has(unprocessedKey);
            options.onTrailer?.(trailer);
          },
        });
        budget.earn();
        return answer;
      } catch (error) {
        const ms = retryPause({ error, attempt, unprocessed, repeatable }, random);
        if (ms === undefined || options.signal?.aborted || !budget.spend()) throw error;
        await pause(ms, options.signal).catch((cause: unknown) => {
          throw new MeshError('CANCELLED', undefined, { cause: error ?? cause });
        });
        count('consolemesh_rpc_retries_total', { method: path.slice(1), reason: reasonOf(error) });
      }
    }
  };
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new Error('the caller gave up'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
