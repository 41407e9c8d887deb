import { readFileSync } from 'node:fs';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Where traces go. */
export interface Collector {
  /** `http://host:4317` or `https://…`: OTLP over gRPC. */
  readonly endpoint: string;
  /** One `name=value` a line, sent as metadata of each call. */
  readonly headers?: string | undefined;
  /** PEM of the authorities for `https`; the system's when absent. */
  readonly caFile?: string | undefined;
}

/** How long one delivery may take, ms. */
const deliveryMs = 10_000;

/** Sends spans to a collector. Throws one clear line for headers that are none and for a file that cannot be read. */
export async function sendSpans(
  { endpoint, headers = '', caFile }: Collector,
  onFailed: () => void,
): Promise<SpanExporter> {
  const [{ OTLPTraceExporter }, { credentials, Metadata }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-grpc'),
    import('@grpc/grpc-js'),
  ]);
  const metadata = new Metadata();
  for (const [name, value] of parseHeaders(headers)) metadata.set(name, value);
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    metadata,
    credentials: endpoint.startsWith('https:')
      ? credentials.createSsl(caFile === undefined ? null : readFileSync(caFile))
      : credentials.createInsecure(),
    timeoutMillis: deliveryMs,
  });
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0) onFailed();
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** The lines of a headers file; empty ones and those that begin with # are left out. Errors never repeat a line: it holds a secret. */
export function parseHeaders(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const match = /^([a-z0-9_.-]{1,64})\s*=\s*([\x20-\x7e]{1,4096})$/.exec(trimmed);
    if (!match) {
      throw new Error(
        `CONSOLEMESH_OTLP_HEADERS_FILE: line ${index + 1} is no header; expected name=value with a name in lower case`,
      );
    }
    return [[match[1]!, match[2]!]] as [string, string][];
  });
}
