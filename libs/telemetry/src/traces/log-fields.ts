import { trace } from '@opentelemetry/api';
import { tracing } from './span.ts';

/**
 * What stands in a log line beside its own fields: `trace_id` and `span_id` of the span that it is written in, or nothing. A new object each
 * time: pino puts the fields of the line into it.
 */
export function logFields(): object {
  const span = tracing.on ? trace.getActiveSpan() : undefined;
  if (!span) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}
