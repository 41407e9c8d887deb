import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, DEFAULT_CIPHERS, type TLSSocket, type TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import { makeCertificate, type SelfSigned } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import { startTls, TlsError, type TlsTrust } from './index.ts';

const authority = makeCertificate({ name: 'Acme Root', authority: true });
const stranger = makeCertificate({ name: 'Acme Root', authority: true });
const altNames = ['DNS:bmc-17.example.net', 'IP:10.0.0.5', 'IP:::1'];
const good = makeCertificate({ name: 'bmc-17', altNames, issuer: authority });
const never = new AbortController().signal;

interface Running extends AsyncDisposable {
  readonly port: number;
  /** Server side of the next connection, once its handshake is over. */
  readonly accepted: Promise<TLSSocket>;
}

async function tlsServer(options: TlsOptions): Promise<Running> {
  const server = createTlsServer(options).on('tlsClientError', () => {});
  const accepted = once(server, 'secureConnection').then(([socket]) =>
    (socket as TLSSocket).on('error', () => {}),
  );
  accepted.catch(() => {});
  return { accepted, ...(await listening(server)) };
}

async function listening(
  server: ReturnType<typeof createServer>,
): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function dial({ port }: { port: number }): Socket {
  return connect({ port, host: '127.0.0.1' }).on('error', () => {});
}

/** What a client with this trust says about a server with these options. */
async function verdict(options: TlsOptions, trust: TlsTrust): Promise<TlsError | 'trusted'> {
  await using server = await tlsServer(options);
  try {
    (await startTls(dial(server), trust, never)).destroy();
    return 'trusted';
  } catch (error) {
    expect(error).toBeInstanceOf(TlsError);
    return error as TlsError;
  }
}

function fingerprintOf(pair: SelfSigned): string {
  return new X509Certificate(pair.cert).fingerprint256;
}

describe('startTls and trust', () => {
  const ca = authority.cert;
  it.each<[string, TlsTrust]>([
    ['its authority', { verify: 'ca', ca }],
    ['its authority and one of its names', { verify: 'ca', ca, servername: 'bmc-17.example.net' }],
    ['a name with a final dot', { verify: 'ca', ca, servername: 'bmc-17.example.net.' }],
    ['its authority and its address', { verify: 'ca', ca, servername: '10.0.0.5' }],
    ['an IPv6 address in any spelling', { verify: 'ca', ca, servername: '0:0:0:0:0:0:0:1' }],
    ['an IPv6 address with a zone', { verify: 'ca', ca, servername: '::1%eth0' }],
    ['a pin with colons', { verify: 'pin', sha256Pin: fingerprintOf(good) }],
    [
      'a pin in lower case',
      { verify: 'pin', sha256Pin: fingerprintOf(good).replaceAll(':', '').toLowerCase() },
    ],
    ['nothing at all', { verify: 'none' }],
  ])('accepts a certificate by %s', async (_how, trust) => {
    expect(await verdict(good, trust)).toBe('trusted');
  });

  const long = ['DNS:a.test', 'DNS:b.test', 'DNS:c.test', 'DNS:d.test', 'DNS:e.test'];
  const past = new Date('2024-02-03T04:05:06Z');
  const future = new Date('2091-02-03T04:05:06Z');
  const make = (wishes: Partial<Parameters<typeof makeCertificate>[0]>) =>
    makeCertificate({ name: 'bmc-17', altNames, issuer: authority, ...wishes });
  const named = { verify: 'ca', ca } as const;
  it.each<[string, SelfSigned, TlsTrust, string]>([
    [
      'another name',
      good,
      { ...named, servername: '10.0.0.6' },
      'the certificate is for "bmc-17.example.net", "10.0.0.5", "0:0:0:0:0:0:0:1", not for "10.0.0.6"; set the server name to one that it has, or pin its fingerprint',
    ],
    [
      'only a common name, and another one',
      make({ altNames: [] }),
      { ...named, servername: 'bmc-18' },
      'the certificate is for "bmc-17", not for "bmc-18"',
    ],
    [
      'more names than are worth telling',
      make({ altNames: long }),
      { ...named, servername: 'f.test' },
      'the certificate is for "a.test", "b.test", "c.test" and 2 more, not for "f.test"',
    ],
    [
      'a date that has passed',
      make({ notBefore: new Date('2020-01-01'), notAfter: past }),
      named,
      'it expired on 2024-02-03; renew it, check the clock of this host',
    ],
    [
      'a date that has not come',
      make({ notBefore: future, notAfter: new Date('2092-01-01') }),
      named,
      'it is not valid before 2091-02-03; check the clocks',
    ],
    [
      'no issuer but itself',
      makeCertificate({ name: 'bmc-17' }),
      named,
      'it is self-signed; give it as the CA',
    ],
    [
      'an unknown authority',
      makeCertificate({ name: 'bmc-17', issuer: makeCertificate({ name: 'Other Root', authority: true }) }),
      named,
      'its authority "Other Root" is not among the trusted ones; give that authority as the CA',
    ],
    [
      'an authority that only bears the name of the trusted one',
      makeCertificate({ name: 'bmc-17', issuer: stranger }),
      named,
      'it was not signed by the authority "Acme Root" that is trusted here',
    ],
    [
      'an authority of its own, for the public ones',
      good,
      { servername: 'bmc-17.example.net' },
      'its authority "Acme Root" is not among the trusted ones',
    ],
    ['another fingerprint', good, { verify: 'pin', sha256Pin: 'ab'.repeat(32) }, 'is not the pinned one'],
  ])('says in words what is wrong with a certificate with %s', async (_what, shown, trust, text) => {
    const error = await verdict(shown, trust);
    const fingerprint = fingerprintOf(shown).replaceAll(':', '').toLowerCase();
    expect(error).toMatchObject({ code: 'CERTIFICATE_MISMATCH', details: { fingerprint } });
    expect((error as TlsError).message).toContain(text);
    expect((error as TlsError).message).toContain(`it presented SHA-256 ${fingerprint}`);
  });

  it.each<[string, TlsTrust, RegExp]>([
    ['the public authorities without a name', {}, /needs `servername`/],
    ['an authority that is missing', { verify: 'ca' }, /needs `ca`/],
    ['an authority that is no certificate', { verify: 'ca', ca: 'Acme' }, /`ca` is no certificate/],
    ['a pin that is too short', { verify: 'pin', sha256Pin: 'abcd' }, /64 hex digits/],
    [
      'a key of another certificate',
      { verify: 'none', clientCert: { ...good, key: stranger.key } },
      /mismatch/,
    ],
  ])('refuses %s before anything is sent', async (_what, trust, text) => {
    await using server = await tlsServer(good);
    const error: unknown = await startTls(dial(server), trust, never).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'TLS_FAILED', message: expect.stringMatching(text) });
    expect(inspect(error, { depth: Infinity })).not.toContain(stranger.key.split('\n')[1]);
  });

  it('shows a client certificate to a server that asks for one', async () => {
    await using server = await tlsServer({ ...good, requestCert: true, ca: authority.cert });
    const mine = makeCertificate({ name: 'viewer', issuer: authority });
    const tls = await startTls(dial(server), { verify: 'none', clientCert: mine }, never);
    expect((await server.accepted).authorized).toBe(true);
    tls.destroy();
  });
});

describe('startTls and the wire', () => {
  it.each([
    ['a DNS name', 'bmc-17.example.net', 'bmc-17.example.net'],
    ['a DNS name with a final dot', 'bmc-17.example.net.', 'bmc-17.example.net'],
    ['an IPv4 address', '10.0.0.5', false],
    ['an IPv6 address', '::1', false],
  ])('sends %s as SNI in the form of RFC 6066', async (_what, servername, sent) => {
    await using server = await tlsServer(good);
    const tls = await startTls(dial(server), { verify: 'none', servername }, never);
    expect((await server.accepted).servername).toBe(sent);
    tls.destroy();
  });

  const oldServer: TlsOptions = {
    ...good,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1',
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
  };
  it('speaks TLS 1.0 where that was asked for', async () => {
    expect(await verdict(oldServer, { verify: 'none', minVersion: 'TLSv1' })).toBe('trusted');
  });
  it('refuses TLS 1.0 otherwise and says what would admit it', async () => {
    expect(await verdict(oldServer, { verify: 'none' })).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringMatching(/lower the minimum TLS version/),
    });
  });

  /**
   * A TLS 1.2 ServerHello without extensions, so without RFC 5746:
   * U8 22 | U16 version | U16 length | U8 2 | U24 length | U16 version | 32 random | U8 0 | U16 cipher | U8 0
   */
  const unpatched = Buffer.from(`160303002a0200002603${'03'}${'07'.repeat(32)}00c02f00`, 'hex');
  it.each<[TlsTrust['minVersion'], boolean]>([
    ['TLSv1.2', true],
    ['TLSv1', false],
  ])(
    'with a minimum of %s objects to a server without secure renegotiation: %s',
    async (minVersion, objects) => {
      const server = createServer((socket) => socket.once('data', () => socket.end(unpatched)));
      await using running = await listening(server);
      const error: Error = await startTls(dial(running), { verify: 'none', minVersion }, never).then(
        () => expect.fail('connected'),
        (e: Error) => e,
      );
      expect(error).toMatchObject({ code: 'TLS_FAILED' });
      expect(/unsafe legacy renegotiation/.test(error.message)).toBe(objects);
    },
  );

  it('tells a plain server from one that speaks TLS', async () => {
    await using server = await listening(createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')));
    await expect(startTls(dial(server), { verify: 'none' }, never)).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringMatching(/does not speak TLS here/),
    });
  });

  it('fails when the peer hangs up, also before the handshake began', async () => {
    await using server = await listening(
      createServer((socket) => socket.once('data', () => socket.destroy())),
    );
    await expect(startTls(dial(server), { verify: 'none' }, never)).rejects.toMatchObject({
      code: 'TLS_FAILED',
    });
    const closed = dial(server);
    closed.destroy();
    await expect(startTls(closed, { verify: 'none' }, never)).rejects.toMatchObject({ code: 'TLS_FAILED' });
  });

  it('stops at the signal and closes the connection', async () => {
    const server = createServer();
    await using running = await listening(server);
    const stop = new AbortController();
    const socket = dial(running);
    const result = startTls(socket, { verify: 'none' }, stop.signal);
    await once(server, 'connection');
    stop.abort();
    const error: unknown = await result.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TlsError);
    expect(socket.destroyed).toBe(true);
  });
});
