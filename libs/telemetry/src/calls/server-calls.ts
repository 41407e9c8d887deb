import type { CallContext, ServerMiddlewareCall } from 'nice-grpc-common';
import { startSpan, tracing } from '../traces/span.ts';
import { traceparentKey } from '../traces/traceparent.ts';
import { firstStep } from './first-step.ts';
import { callAttributes, isQuiet, type Method, watchCall } from './watch-call.ts';

/**
 * Server middleware: a span and the duration of each unary call, and of each stream up to its first message. A call that brings a
 * traceparent goes on with that trace. Without one, what users and proxies ask begins a trace of its own; plugins are then asked in the
 * background, and streams are no opening of anything.
 */
export function serverCalls<Request, Response>(
  call: ServerMiddlewareCall<Request, Response>,
  context: CallContext,
): AsyncGenerator<Response, Response | void, undefined> {
  const { method } = call;
  if (isQuiet(method)) return call.next(call.request, context);
  const parent = tracing.on ? context.metadata.get(traceparentKey) : undefined;
  const span =
    tracing.on && (parent !== undefined || beginsTrace(method))
      ? startSpan(method.path.slice(1), {
          kind: 'server',
          parent: parent ?? 'root',
          attributes: callAttributes(method),
        })
      : undefined;
  const over = watchCall('server', method, span);
  return firstStep(call.next(call.request, context), (step) => (span ? span.run(step) : step()), over);
}

function beginsTrace({ path, requestStream, responseStream }: Method): boolean {
  return !requestStream && !responseStream && /^\/consolemesh\.(conductor|token|proxy)\./.test(path);
}
