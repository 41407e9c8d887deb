import { X509Certificate } from 'node:crypto';
import { DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { makeCertificate, selfSigned } from '@consolemesh/bytes/testing';
import { describe, expect, it } from 'vitest';
import type { HttpError, HttpTarget } from './index.ts';
import { ask, hello } from './testing/ask.ts';
import { startHttps } from './testing/start-server.ts';

describe('an HTTP client and TLS', () => {
  const { cert } = selfSigned();
  const sha256Pin = new X509Certificate(cert).fingerprint256;
  it.each<[string, HttpTarget['trust']]>([
    ['a pin', { verify: 'pin', sha256Pin }],
    ['its authority', { verify: 'ca', ca: cert }],
    ['nothing', { verify: 'none' }],
  ])('trusts a server by %s', async (_how, trust) => {
    await using server = await startHttps(hello);
    expect(await ask(server, { trust })).toBe('hello');
  });

  const elsewhere = makeCertificate({ name: 'bmc-17', altNames: ['DNS:bmc-17.example.net'] });
  it.each<[string, HttpTarget['trust'], RegExp]>([
    ['the public authorities', {}, /self-signed/],
    ['another pin', { verify: 'pin', sha256Pin: 'ab'.repeat(32) }, /not the pinned one/],
    [
      'the host that was dialled',
      { verify: 'ca', ca: elsewhere.cert },
      /is for "bmc-17\.example\.net", not for "127\.0\.0\.1"/,
    ],
  ])('sends nothing to a server that does not match %s', async (_what, trust, text) => {
    let asked = 0;
    await using server = await startHttps(() => asked++, elsewhere);
    const error = await ask(server, { trust, credentials: { username: 'root', password: 'canary' } });
    const fingerprint = new X509Certificate(elsewhere.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(error).toMatchObject({ code: 'CERTIFICATE_MISMATCH', details: { fingerprint } });
    expect((error as HttpError).message).toMatch(text);
    expect(asked).toBe(0);
  });

  it('speaks TLS 1.0 only where that was asked for', async () => {
    const ciphers = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;
    await using old = await startHttps(hello, {
      ...selfSigned(),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ciphers,
    });
    expect(await ask(old, { trust: { verify: 'none', minVersion: 'TLSv1' } })).toBe('hello');
    expect(await ask(old)).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringMatching(/lower the minimum TLS version/),
    });
  });

  it.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', false],
  ])('for the host %s sends the SNI %s', async (host, sni) => {
    await using server = await startHttps(({ socket }, response) => {
      response.end(String((socket as TLSSocket).servername));
    });
    expect(await ask(server, { host })).toBe(String(sni));
  });

  it.each(['::1', '[::1]', '::1%lo'])('reaches the IPv6 address %s', async (host) => {
    await using server = await startHttps(({ headers }, r) => r.end(headers.host), selfSigned(), '::1');
    expect(await ask(server, { host })).toBe(`[::1]:${server.port}`);
  });
});
