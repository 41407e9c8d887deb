// Stands in for a collector: takes OTLP over gRPC with TLS and keeps every body as it came, at most 64 MiB, and serves them at GET /.
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';

const most = 64 * 1024 * 1024;
const folder = '/run/secrets/collector';
const bodies = [];
let size = 0;

const server = createSecureServer({
  cert: readFileSync(`${folder}/tls.pem`),
  key: readFileSync(`${folder}/tls.key`),
});
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  if (headers[':method'] === 'GET') {
    stream.respond({ ':status': 200 });
    return stream.end(Buffer.concat(bodies));
  }
  stream.on('data', (chunk) => {
    size += chunk.length;
    if (size <= most) bodies.push(chunk);
  });
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    // An empty ExportTraceServiceResponse: everything was taken.
    stream.end(Buffer.alloc(5));
  });
});
server.listen(4317);
process.on('SIGTERM', () => process.exit(0));
