import { type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { startTelemetry, type Telemetry } from './start-telemetry.ts';

/** Telemetry that keeps what it records, for tests. */
export interface TestTelemetry extends Telemetry {
  /** Every span that has ended. */
  spans(): readonly ReadableSpan[];
  /** Metrics as they stand, by name and labels: `name{a="b",c="d"}`, as they are served. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** The same as text. */
  scrape(): Promise<string>;
}

/** Switches traces and metrics on in this process. */
export async function startTestTelemetry(service = 'test'): Promise<TestTelemetry> {
  const exporter = new InMemorySpanExporter();
  const listen = { host: '127.0.0.1', port: 0 };
  const telemetry = await startTelemetry({ service, exporter, metricsListen: listen });
  const scrape = async () => (await fetch(telemetry.metricsUrl!)).text();
  return {
    ...telemetry,
    spans: () => exporter.getFinishedSpans(),
    scrape,
    metrics: async () => parseMetrics(await scrape()),
  };
}

/** Reads the text format of Prometheus: `name{labels} value`, comments left out. */
export function parseMetrics(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([a-z_:][a-z0-9_:]*(?:\{.*\})?) (\S+)$/i.exec(line);
    if (!match) throw new Error(`no line of metrics: ${line}`);
    values.set(match[1]!, match[2] === '+Inf' ? Number.POSITIVE_INFINITY : Number(match[2]));
  }
  return values;
}

/** A collector for OTLP over gRPC that keeps what it is sent. */
export interface TestCollector {
  readonly endpoint: string;
  /** Deliveries as they came: the metadata of the call and an ExportTraceServiceRequest. */
  readonly received: readonly { readonly metadata: Metadata; readonly bytes: Buffer }[];
  /** Refuses every delivery from now on. */
  refuses: boolean;
  stop(): void;
}

/** Starts one on a free port. */
export async function startTestCollector(): Promise<TestCollector> {
  const received: { metadata: Metadata; bytes: Buffer }[] = [];
  const asItIs = (bytes: Buffer) => bytes;
  const server = new Server();
  server.addService(
    {
      export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: asItIs,
        requestDeserialize: asItIs,
        responseSerialize: asItIs,
        responseDeserialize: asItIs,
      },
    },
    {
      export(
        call: { metadata: Metadata; request: Buffer },
        answer: (error: object | null, bytes?: Buffer) => void,
      ) {
        received.push({ metadata: call.metadata, bytes: call.request });
        if (collector.refuses) answer({ code: status.PERMISSION_DENIED });
        // An ExportTraceServiceResponse without fields.
        else answer(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const collector: TestCollector = {
    endpoint: `http://127.0.0.1:${port}`,
    received,
    refuses: false,
    stop: () => server.forceShutdown(),
  };
  return collector;
}
