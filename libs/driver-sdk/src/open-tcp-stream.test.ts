import { X509Certificate } from 'node:crypto';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';
import { MeshError } from '@consolemesh/errors';
import { describe, expect, it } from 'vitest';
import { connectTcp } from './connect-tcp.ts';
import { openTcpStream } from './open-tcp-stream.ts';

const { key, cert } = selfSigned();
const pin = new X509Certificate(cert).fingerprint256;
const forever = new AbortController().signal;

async function listening(
  server: ReturnType<typeof createTcpServer>,
): Promise<{ port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: unknown) => (error instanceof MeshError ? error.reason : String(error)),
  );

describe('the upstream of a TCP endpoint', () => {
  it('ends TLS of a serial line, if the certificate is the pinned one', async () => {
    await using server = await listening(createTlsServer({ key, cert }, (socket) => socket.end('login: ')));
    const address = (sha256Pin: string) => ({
      host: '127.0.0.1',
      port: server.port,
      tls: { mode: 'from-first-byte' as const, verify: 'pin' as const, sha256Pin },
    });
    const { stream } = await openTcpStream('serial', address(pin), undefined, forever);
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toBe('login: ');
    expect(await reasonOf(openTcpStream('serial', address('00'.repeat(32)), undefined, forever))).toBe(
      'BMC_CERTIFICATE_REFUSED',
    );
  });

  it('says in words of the error table why there is no connection', async () => {
    const server = await listening(createTcpServer());
    const { port } = server;
    await server[Symbol.asyncDispose]();
    expect(await reasonOf(connectTcp({ host: '127.0.0.1', port }))).toBe('BMC_REFUSED');
    expect(await reasonOf(connectTcp({ host: 'no-such-host.invalid', port }))).toBe('BMC_NAME_NOT_FOUND');
    expect(await reasonOf(connectTcp({ host: '127.0.0.1', port }, { signal: AbortSignal.abort() }))).toBe(
      'CANCELLED',
    );
  });
});
