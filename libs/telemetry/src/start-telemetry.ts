import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { context, trace } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { type Collector, sendSpans } from './traces/send-spans.ts';
import { tracing } from './traces/span.ts';

/** What is switched on, and for whom. */
export interface TelemetryOptions {
  /** Name of the service, such as `conductor`. */
  readonly service: string;
  /** Traces go there; off when absent. */
  readonly collector?: Collector | undefined;
  /** Metrics are served there; off when absent. */
  readonly metricsListen?: { readonly host: string; readonly port: number } | undefined;
  /** Told when spans could not be delivered, at most once a minute. */
  readonly onUndelivered?: (() => void) | undefined;
  /** Test seam: takes the spans instead of a collector, each as it ends. */
  readonly exporter?: SpanExporter | undefined;
}

/** Telemetry of this process. Disposing delivers what is left, for 3 s at most, and switches it off. */
export interface Telemetry extends AsyncDisposable {
  /** Where metrics can be read. */
  readonly metricsUrl: string | undefined;
}

const lastDeliveryMs = 3_000;
const complaintMs = 60_000;

/**
 * Switches traces and metrics on for this process, before its services start. Nothing of the SDK is loaded when both are off. There is one
 * of it in a process. Rejects with one clear line.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const resource = {
    'service.namespace': 'consolemesh',
    'service.name': options.service,
    'service.instance.id': `${hostname()}/${randomBytes(4).toString('hex')}`,
  };
  const { collector, exporter, metricsListen } = options;
  const metrics = metricsListen && (await serveMetrics(metricsListen, resource));
  let traces: AsyncDisposable | undefined;
  try {
    if (exporter) traces = await startTraces(exporter, resource, true);
    else if (collector) {
      traces = await startTraces(await sendSpans(collector, seldom(options.onUndelivered)), resource, false);
    }
  } catch (error) {
    await metrics?.[Symbol.asyncDispose]();
    throw error;
  }
  return {
    metricsUrl: metrics?.url,
    async [Symbol.asyncDispose]() {
      await Promise.all([traces?.[Symbol.asyncDispose](), metrics?.[Symbol.asyncDispose]()]);
    },
  };
}

async function startTraces(
  exporter: SpanExporter,
  attributes: Record<string, string>,
  atOnce: boolean,
): Promise<AsyncDisposable> {
  if (tracing.on) throw new Error('traces are on already in this process');
  const [sdk, { AsyncLocalStorageContextManager }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/resources'),
  ]);
  const processor = atOnce ? new sdk.SimpleSpanProcessor(exporter) : new sdk.BatchSpanProcessor(exporter);
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes(attributes),
    spanProcessors: [processor],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  tracing.on = true;
  return {
    async [Symbol.asyncDispose]() {
      tracing.on = false;
      await within(lastDeliveryMs, provider.shutdown());
      trace.disable();
      context.disable();
    },
  };
}

/** A collector that is away must not hold up the end of a service. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}

function seldom(tell: (() => void) | undefined): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < complaintMs) return;
    last = now;
    tell?.();
  };
}
