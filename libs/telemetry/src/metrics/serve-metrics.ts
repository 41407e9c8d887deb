import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { observeProcess } from './observe-process.ts';
import { recordTo } from './record.ts';

/** Where metrics can be read. */
export interface MetricsServer extends AsyncDisposable {
  readonly url: string;
}

/** How long a reader may take to say what it wants, ms. */
const requestMs = 10_000;

/**
 * Serves `GET /metrics` in the text format of Prometheus, to everybody who reaches the address: it says nothing of nodes or people.
 * Rejects with one clear line when it cannot listen there.
 */
export async function serveMetrics(
  listen: { readonly host: string; readonly port: number },
  resource: Record<string, string>,
): Promise<MetricsServer> {
  const [{ PrometheusExporter }, { MeterProvider }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-prometheus'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const provider = new MeterProvider({ readers: [exporter], resource: resourceFromAttributes(resource) });
  const recording = recordTo(provider.getMeter('consolemesh'));
  const watched = observeProcess();

  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs },
    (request, response) => {
      if (request.url?.split('?')[0] === '/metrics' && request.method === 'GET') {
        exporter.getMetricsRequestHandler(request, response);
        return;
      }
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Metrics are at /metrics.\n');
    },
  );
  server.maxConnections = 100;
  const stop = async () => {
    watched[Symbol.dispose]();
    recording[Symbol.dispose]();
    server.closeAllConnections();
    await Promise.all([new Promise<void>((resolve) => server.close(() => resolve())), provider.shutdown()]);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(listen.port, listen.host, resolve);
    });
  } catch (error) {
    await stop();
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'the port is taken by another program' : message;
    throw new Error(`metrics cannot be served at ${listen.host}:${listen.port}: ${why}`, { cause: error });
  }
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/metrics`,
    [Symbol.asyncDispose]: stop,
  };
}
