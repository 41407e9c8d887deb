import { GrpcCode } from '@consolemesh/errors';
import { count, isRecording, measure } from '../metrics/record.ts';
import { codeName, codeOf, reasonOf } from '../reason.ts';
import { type OpenSpan, tracing } from '../traces/span.ts';

/** The method of a call, as both kinds of middleware know it. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** Whether nobody wants to hear of a call: all are left alone while telemetry is off, probes and reflection always. */
export function isQuiet({ path }: Method): boolean {
  return !(tracing.on || isRecording()) || path.startsWith('/grpc.');
}

/** What a span says of its call. Source: OpenTelemetry semantic conventions for RPC spans. */
export function callAttributes({ path }: Method): Record<string, string> {
  const slash = path.lastIndexOf('/');
  return { 'rpc.system': 'grpc', 'rpc.service': path.slice(1, slash), 'rpc.method': path.slice(slash + 1) };
}

/** Begins to watch a call; answers what to say when it is over, or when the first message of a stream came. */
export function watchCall(
  side: 'server' | 'client',
  { path, requestStream, responseStream }: Method,
  span: OpenSpan | undefined,
): (failure?: { readonly error: unknown }) => void {
  const started = performance.now();
  const method = path.slice(1);
  return (failure) => {
    const code = failure ? codeOf(failure.error) : GrpcCode.OK;
    if (!requestStream && !responseStream) {
      const seconds = (performance.now() - started) / 1000;
      measure('consolemesh_rpc_duration_seconds', seconds, { side, method, status: codeName(code) });
    }
    if (failure) count('consolemesh_rpc_failures_total', { side, method, reason: reasonOf(failure.error) });
    span?.set({ 'rpc.grpc.status_code': code });
    span?.end(failure);
  };
}
