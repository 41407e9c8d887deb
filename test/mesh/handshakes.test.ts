import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type MeshServer, serve, silentLogger, type Trust } from '@consolemesh/mesh';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { eventually } from '../harness/eventually.ts';

let authority: Authority;
let foreign: Authority;
let server: MeshServer;
let said: object[];

beforeAll(async () => {
  authority = await createAuthority();
  await authority.issue('service/token', 'user/ada');
  foreign = await createAuthority();
  await foreign.issue('user/ada');
});
beforeEach(async () => {
  said = [];
  const logger = {
    ...silentLogger,
    warn: (about: object, message: string) => void said.push({ ...about, message }),
  };
  const trust = authority.trust('service/token');
  server = await serve({ listen: { host: '127.0.0.1', port: 0 }, trust, logger, services: [] });
  return () => server[Symbol.asyncDispose]();
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
  await foreign[Symbol.asyncDispose]();
});

/** Knocks by TLS; resolves when the server has hung up, or with the handshake when it has not. */
async function knock(trust?: Trust): Promise<void> {
  const { ca, certificate: cert, key } = trust?.kind === 'mtls' ? trust : {};
  const { port } = server;
  const shown = { ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }) };
  const socket = connectTls({
    ...shown,
    host: '127.0.0.1',
    port,
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
  });
  socket.on('error', () => {});
  // With TLS 1.3 a client is through before the server has judged it: only what the server says first tells.
  await new Promise<void>((resolve) => socket.once('data', () => resolve()).once('close', () => resolve()));
  socket.destroy();
}

const refusal = (why: string) => ({
  client: '127.0.0.1',
  why,
  message: 'refused a client for its certificate',
});

test('a client without a certificate is counted, and logged with its address', async () => {
  await knock();
  await eventually(() => server.refusedCalls() === 1);
  expect(said).toEqual([refusal('NO_CERTIFICATE')]);
});

test('a client with a certificate of another authority is, too, with what is wrong', async () => {
  await knock(foreign.trust('user/ada'));
  await eventually(() => server.refusedCalls() === 1);
  expect(said).toEqual([refusal('SELF_SIGNED_CERT_IN_CHAIN')]);
});

test('who knocks again and again is counted each time, and each mistake of his logged once a minute', async () => {
  for (let times = 0; times < 5; times++) await knock();
  for (let times = 0; times < 2; times++) await knock(foreign.trust('user/ada'));
  await eventually(() => server.refusedCalls() === 7);
  expect(said).toEqual([refusal('NO_CERTIFICATE'), refusal('SELF_SIGNED_CERT_IN_CHAIN')]);
});

test('a look whether the port is open, and a client that may come in, are no refusals', async () => {
  const look = connectTcp(server.port, '127.0.0.1');
  await once(look, 'connect');
  look.destroy();
  await once(look, 'close');
  await knock(authority.trust('user/ada'));
  await knock();
  await eventually(() => server.refusedCalls() > 0);
  expect(server.refusedCalls()).toBe(1);
});
