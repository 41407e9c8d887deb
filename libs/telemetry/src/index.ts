export { clientCalls } from './calls/client-calls.ts';
export { serverCalls } from './calls/server-calls.ts';
export { type Labels, type MetricRow, type Metrics, metrics } from './metrics/catalogue.ts';
export { count, measure, observe, type Sample } from './metrics/record.ts';
export { reasonOf } from './reason.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './start-telemetry.ts';
export { logFields } from './traces/log-fields.ts';
export {
  currentTraceparent,
  detached,
  inSpan,
  type OpenSpan,
  type SpanOptions,
  startSpan,
} from './traces/span.ts';
