#!/usr/bin/env node
// The health check of every image: asks the service beside it by grpc.health.v1, with the service's own settings and certificate, and ends
// with 0 when it takes calls. A simulated BMC speaks no gRPC: there it is a port that accepts, or an answer to a ping where it has IPMI
// alone. Nothing but modules of Node.js, because it runs every few seconds and gRPC takes longer to load than to ask.
import { createSocket } from 'node:dgram';
import { readFileSync, realpathSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';

/** Where a service listens when nobody says so: the defaults of its settings. */
const defaults = {
  conductor: 7110,
  token: 7120,
  novncproxy: 7131,
  serialproxy: 7132,
  'container-provider': 7140,
  'bmc-driver': 7150,
};
/** How long an answer may take, ms. Less than the health check's own limit, so that there is a reason to read. */
const limitMs = 8_000;

const { env } = process;
const service = realpathSync(new URL('service', import.meta.url)).split('/services/')[1];
try {
  if (service === 'cli')
    throw new Error('this image holds the command line, which runs and ends: switch its health check off');
  await (service === 'bmc-simulator' ? simulates() : serves(listening()));
} catch (error) {
  console.error(`${service}: ${error.message}`);
  process.exit(1);
}
process.exit(0);

function listening() {
  const [kind] = service.split('/');
  return own(
    (kind.endsWith('proxy') ? env.CONSOLEMESH_GRPC_LISTEN : env.CONSOLEMESH_LISTEN) ||
      `127.0.0.1:${defaults[kind]}`,
  );
}

function simulates() {
  const address = (name, usual) => own(env[`CONSOLEMESH_SIMULATOR_${name}`] || usual);
  switch (env.CONSOLEMESH_SIMULATOR_KIND) {
    case 'idrac':
      return accepts(address('IDRAC_LISTEN', '127.0.0.1:8443'));
    case 'openbmc':
      return accepts(address('OPENBMC_LISTEN', '127.0.0.1:8443'));
    case 'ipmi':
      return pings(address('IPMI_LISTEN', '127.0.0.1:6230'));
    default:
      return accepts(address('LISTEN', '127.0.0.1:5900'));
  }
}

/** The address at which a listener is reached from beside it. */
function own(address) {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  const reached = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[host] ?? host;
  return { host: reached, port: Number(port) };
}

/** Health/Check for the server as a whole. Messages are length-prefixed (gRPC over HTTP/2); SERVING is field 1 with the value 1. */
function serves({ host, port }) {
  const {
    CONSOLEMESH_TLS_CA_FILE: ca,
    CONSOLEMESH_TLS_CERTIFICATE_FILE: cert,
    CONSOLEMESH_TLS_KEY_FILE: key,
  } = env;
  // As everywhere in the mesh, the authority counts and not the host name.
  const tls = ca && {
    ca: readFileSync(ca),
    cert: readFileSync(cert),
    key: readFileSync(key),
    checkServerIdentity: () => undefined,
    servername: 'localhost',
  };
  return within((resolve, reject) => {
    const session = connectHttp2(`${tls ? 'https' : 'http'}://${host}:${port}`, tls || {});
    session.on('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const answer = [];
    const status = {};
    call.on('response', (headers) => Object.assign(status, headers));
    call.on('trailers', (trailers) => Object.assign(status, trailers));
    call.on('data', (chunk) => answer.push(chunk));
    call.on('error', reject);
    call.on('end', () => {
      if (status['grpc-status'] !== '0')
        reject(new Error(`gRPC status ${status['grpc-status']} ${status['grpc-message'] ?? ''}`));
      else if (Buffer.concat(answer).subarray(5).toString('hex') === '0801') resolve();
      else reject(new Error('it takes no calls at present'));
    });
    call.end(Buffer.alloc(5));
  });
}

function accepts({ host, port }) {
  return within((resolve, reject) => {
    connectTcp({ host, port }, resolve).on('error', reject);
  });
}

/** RMCP presence ping (IPMI 2.0 section 13.2.3): any answer will do. */
function pings({ host, port }) {
  return within((resolve, reject) => {
    const socket = createSocket(host.startsWith('[') ? 'udp6' : 'udp4');
    socket.on('error', reject).on('message', resolve);
    const ping = Buffer.from('0600ff06000011be80000000', 'hex');
    socket.send(ping, port, host.replace(/^\[|\]$/g, ''));
  });
}

function within(start) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
    start(resolve, reject);
  });
}
