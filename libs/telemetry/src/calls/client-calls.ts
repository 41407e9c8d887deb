import { type CallOptions, type ClientMiddlewareCall, Metadata } from 'nice-grpc-common';
import { currentTraceparent, startSpan } from '../traces/span.ts';
import { traceparentKey } from '../traces/traceparent.ts';
import { firstStep } from './first-step.ts';
import { callAttributes, isQuiet, watchCall } from './watch-call.ts';

/**
 * Client middleware, used last: a span and the duration of each unary call, and of each stream up to its first message, handed on to the
 * server as a traceparent. What is asked outside of a span belongs to no trace.
 */
export function clientCalls<Request, Response>(
  call: ClientMiddlewareCall<Request, Response>,
  options: CallOptions,
): AsyncGenerator<Response, Response | void, undefined> {
  const { method } = call;
  if (isQuiet(method)) return call.next(call.request, options);
  if (currentTraceparent() === undefined) {
    return firstStep(
      call.next(call.request, options),
      (step) => step(),
      watchCall('client', method, undefined),
    );
  }
  const span = startSpan(method.path.slice(1), { kind: 'client', attributes: callAttributes(method) });
  const metadata = Metadata(options.metadata).set(traceparentKey, span.traceparent);
  const over = watchCall('client', method, span);
  return firstStep(call.next(call.request, { ...options, metadata }), (step) => span.run(step), over);
}
