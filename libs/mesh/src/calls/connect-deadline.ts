import { MeshError } from '@consolemesh/errors';
import type { CallOptions, ClientMiddlewareCall } from 'nice-grpc-common';

/** Longest a unary call may take whose caller ends it by a signal of its own, ms: beyond the longest limit of any contract (10 minutes). */
const backstopMs = 11 * 60_000;

/**
 * Client middleware that gives every unary call an end: `ms`, or the caller's signal, behind which a far limit stands in case it never
 * fires. A call that takes longer fails with DEADLINE_EXCEEDED. Streams end by their signal, or by heartbeats that stay away.
 */
export function callDeadline(ms: number) {
  return async function* deadline<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ): AsyncGenerator<Response, Response | void, undefined> {
    if (call.requestStream || call.responseStream) return yield* call.next(call.request, options);
    const { signal } = options;
    const limit = signal ? backstopMs : ms;
    const ended = new AbortController();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      ended.abort();
    }, limit);
    const follow = () => ended.abort(signal?.reason);
    signal?.addEventListener('abort', follow, { once: true });
    if (signal?.aborted) follow();
    try {
      return yield* call.next(call.request, { ...options, signal: ended.signal });
    } catch (error) {
      if (!late) throw error;
      throw new MeshError('DEADLINE_EXCEEDED', `${call.method.path} did not answer within ${limit} ms.`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    }
  };
}
