import { MeshError } from '@consolemesh/errors';
import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';
import { unprocessedKey } from '../calls/retry-unprocessed.ts';

/** Ends a server's calls in order: no new ones, streams told at once, unary calls given time. */
export interface Drain {
  /** From now on new calls are refused with DRAINING and open streams are ended with it. */
  begin(): void;
  /** Middleware that a server uses first. */
  middleware<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ): AsyncGenerator<Response, Response | void, undefined>;
}

/** A drain that has not begun. Methods whose path begins with one of `exempt` are answered to the last (health, reflection). */
export function createDrain(exempt: readonly string[]): Drain {
  const streams = new Set<AbortController>();
  let draining = false;

  return {
    begin() {
      draining = true;
      for (const stream of streams) stream.abort(new MeshError('DRAINING'));
    },
    async *middleware(call, context) {
      if (exempt.some((prefix) => call.method.path.startsWith(prefix))) {
        return yield* call.next(call.request, context);
      }
      if (draining) {
        // Whoever asked may ask another instance, whatever the call does.
        context.trailer.set(unprocessedKey, '1');
        throw new MeshError('DRAINING');
      }
      if (!call.requestStream && !call.responseStream) return yield* call.next(call.request, context);

      const stream = new AbortController();
      const follow = () => stream.abort(context.signal.reason);
      context.signal.addEventListener('abort', follow, { once: true });
      streams.add(stream);
      try {
        return yield* call.next(call.request, { ...context, signal: stream.signal });
      } catch (error) {
        throw draining && !context.signal.aborted ? new MeshError('DRAINING') : error;
      } finally {
        streams.delete(stream);
        context.signal.removeEventListener('abort', follow);
      }
    },
  };
}
