import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mtlsFromFiles, plaintext, serve, silentLogger, type Trust } from '@consolemesh/mesh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../testing.ts';

let folder: string;
const files = (authority: string, name: string) => [
  '--tls-ca',
  join(folder, authority, 'ca.pem'),
  '--tls-certificate',
  join(folder, authority, `${name}.pem`),
  '--tls-key',
  join(folder, authority, `${name}.key`),
];
const trust = (authority: string, name: string) => {
  const [, caFile = '', , certificateFile = '', , keyFile = ''] = files(authority, name);
  return mtlsFromFiles({ trustDomain: 'consolemesh.local', caFile, certificateFile, keyFile });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'consolemesh-explain-'));
  for (const authority of ['ours', 'theirs']) {
    await runCli(['certs', 'init', join(folder, authority)]);
    await runCli([
      'certs',
      'issue',
      join(folder, authority),
      'service/conductor',
      'service/token',
      'user/ada',
    ]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const startServer = (how: Trust) =>
  serve({
    listen: { host: '127.0.0.1', port: 0 },
    trust: how,
    logger: silentLogger,
    drainMs: 0,
    services: [],
  });

const listen = async (server: Server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
};

const list = async (port: number, options: string[] = []) => {
  const { code, stderr } = await runCli(['node', 'list', '--api', `127.0.0.1:${port}`, ...options]);
  const [message = '', hint = ''] = stderr.split('\n');
  return { code, message, hint };
};

test('nobody listens: what should be there is named, and the command that starts it', async () => {
  const { port } = await listen(createServer()).then(async (made) => {
    await made[Symbol.asyncDispose]();
    return made;
  });
  const { code, message, hint } = await list(port);
  expect(code).toBe(5);
  expect(message).toContain(`Nothing listens at 127.0.0.1:${port}, where the conductor should be.`);
  expect(hint).toContain('consolemesh up');
  expect(hint).toContain('CONSOLEMESH_API');
});

test('plaintext on a port that speaks TLS asks for the TLS files', async () => {
  await using server = await startServer(trust('ours', 'service-conductor'));
  const { code, message, hint } = await list(server.port);
  expect(code).toBe(5);
  expect(message).toContain('speaks TLS, and it was called in plaintext');
  expect(hint).toContain('Give --tls-ca, --tls-certificate and --tls-key');
});

test('TLS on a port that speaks plaintext says so', async () => {
  await using server = await startServer(plaintext);
  const { message, hint } = await list(server.port, files('ours', 'user-ada'));
  expect(message).toContain('speaks plaintext, and the conductor was called with TLS');
  expect(hint).toContain('Leave --tls-ca');
});

test('a server of another authority is told apart from one that refuses us', async () => {
  await using server = await startServer(trust('theirs', 'service-conductor'));
  const strange = await list(server.port, files('ours', 'user-ada'));
  expect(strange.message).toContain('The certificate of the conductor');
  expect(strange.message).toContain('is not accepted');
  expect(strange.hint).toContain(join(folder, 'ours', 'ca.pem'));

  const theirCa = ['--tls-ca', join(folder, 'theirs', 'ca.pem')];
  const refused = await list(server.port, [...files('ours', 'user-ada'), ...theirCa]);
  expect(refused.message).toContain('ends the connection when it sees the certificate of this caller');
  expect(refused.hint).toContain('consolemesh certs issue');
});

test('a server that is no service of the trust domain is not what was asked for', async () => {
  await using server = await startServer(trust('ours', 'user-ada'));
  const { message, hint } = await list(server.port, files('ours', 'user-ada'));
  expect(message).toContain('names no service of the trust domain consolemesh.local');
  expect(hint).toContain('--trust-domain');
});

test('another service of the trust domain is not spoken to in place of the conductor', async () => {
  await using server = await startServer(trust('ours', 'service-token'));
  const { code, message, hint } = await list(server.port, files('ours', 'user-ada'));
  expect(code).toBe(5);
  expect(message).toContain(
    `127.0.0.1:${server.port} is not the conductor: its certificate is that of service/token, not of service/conductor.`,
  );
  expect(hint).toContain('name the conductor with --api');
});

test('a name that cannot be resolved is told with its spelling', async () => {
  const { code, stderr } = await runCli([
    ...['node', 'list', '--api', 'conductor.invalid:7110'],
    ...files('ours', 'user-ada'),
  ]);
  expect(code).toBe(5);
  expect(stderr).toContain(
    'The name in conductor.invalid:7110, where the conductor should be, cannot be resolved',
  );
});

test('a port where something else answers, such as the page, is no conductor', async () => {
  await using page = await listen(createHttpServer((_, response) => response.end('hello')));
  const { message, hint } = await list(page.port);
  expect(message).toContain('speaks no gRPC, so it is not the conductor');
  expect(hint).toContain('The port of the page');
});

test('another service of the mesh is no conductor, either', async () => {
  await using server = await startServer(plaintext);
  const { code, message } = await list(server.port);
  expect(code).toBe(8);
  expect(message).toContain(`What answers at 127.0.0.1:${server.port} is not the conductor`);
});
