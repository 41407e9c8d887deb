import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { byteWriter } from '@consolemesh/bytes';
import { selfSigned } from '@consolemesh/bytes/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AcceptOptions, acceptClient } from '../accept/accept-client.ts';
import { PIXEL_FORMAT } from '../pixel-format.ts';
import { SECURITY_NAMES, type SecurityName } from '../security-types.ts';
import { encodeServerInit, type ServerInit } from '../server-init.ts';
import { connection, failure, scripted } from '../testing.ts';
import type { RfbVersion } from '../version.ts';
import { type ConnectOptions, connectToServer } from './connect-to-server.ts';

const screen: ServerInit = { width: 1024, height: 768, pixelFormat: PIXEL_FORMAT.rgb555, name: 'OpenVNC' };
const { key, cert } = selfSigned();
const pin = new X509Certificate(cert).fingerprint256;
const secrets = { username: 'operator', password: 'hunter22' };
const trusted: ConnectOptions['tls'] = { mode: 'vencrypt', verify: 'pin', sha256Pin: pin };

/** Our two halves against each other; resolves with both results. */
async function meet(accept: AcceptOptions, connect: ConnectOptions, n?: number) {
  const { viewer, server } = connection(n);
  const accepted = acceptClient(server, { tls: { key, cert }, expected: secrets, ...accept }).then(
    (client) => {
      client.stream.write(Buffer.concat([encodeServerInit(screen), Buffer.from('AFTER')]));
      return client;
    },
  );
  const [upstream, client] = await Promise.all([
    connectToServer(viewer, { ...secrets, ...connect, stopAfterAuthentication: false }),
    accepted,
  ]);
  return { upstream, client };
}

/** Plain aside: it is chosen inside VeNCrypt, but ranks below None, which is outside. */
const ranked: SecurityName[] = SECURITY_NAMES.filter((name) => name !== 'Plain');
const strongest = (names: SecurityName[]) => SECURITY_NAMES.find((n) => names.includes(n))!;

const init38 = (types: number[]) => Buffer.from([...Buffer.from('RFB 003.008\n'), types.length, ...types]);

describe('connectToServer', () => {
  const versions: RfbVersion[] = ['3.3', '3.7', '3.8'];
  const clear: SecurityName[] = ['None', 'VNC'];
  it.each(
    versions.flatMap((version) =>
      clear.flatMap((name) => [1, 65_536].map((n) => [version, name, n] as const)),
    ),
  )('agrees on %s with %s, %i bytes at a time', async (version, name, n) => {
    const { upstream, client } = await meet({ version, security: [name] }, {}, n);
    expect(upstream).toMatchObject({ version, serverInit: screen, security: { name, encrypted: false } });
    expect(upstream.initBytes).toEqual(encodeServerInit(screen));
    expect(client).toMatchObject({ version, shared: true, security: name });
    const rest = await new Promise((resolve) => upstream.stream.once('data', resolve));
    expect(String(rest)[0]).toBe('A');
  });

  const vencrypt = SECURITY_NAMES.filter((name) => name !== 'None' && name !== 'VNC');
  it.each(vencrypt.flatMap((name) => [1, 65_536].map((n) => [name, n] as const)))(
    'speaks VeNCrypt %s, %i bytes at a time',
    async (name, n) => {
      const { upstream, client } = await meet(
        { security: [name] },
        { allowedSecurity: [name], tls: trusted },
        n,
      );
      expect(upstream.security).toEqual({ name, encrypted: name !== 'Plain' });
      expect(upstream.serverSecurityTypes).toEqual(['VeNCrypt']);
      expect(upstream.stream instanceof TLSSocket).toBe(name !== 'Plain');
      expect(client.security).toBe(name);
    },
  );

  it('takes the strongest of what both sides allow, whatever the order of the offer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(ranked, { minLength: 1 }),
        fc.subarray(ranked, { minLength: 1 }),
        async (security, allowedSecurity) => {
          const common = SECURITY_NAMES.filter((n) => security.includes(n) && allowedSecurity.includes(n));
          // VeNCrypt's subtypes are seen only after choosing it; then there is no way back in this connection.
          const isSub = (n: SecurityName) => n !== 'None' && n !== 'VNC';
          const strandsInVencrypt =
            security.some(isSub) && isSub(strongest(allowedSecurity)) && !common.some(isSub);
          fc.pre(common.length > 0 && !strandsInVencrypt);
          const { upstream } = await meet({ security }, { allowedSecurity, tls: trusted });
          expect(upstream.security.name).toBe(common[0]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('speaks RFB inside TLS from the first byte and then counts VNC as encrypted', async () => {
    const { viewer, server } = connection();
    const tls = new TLSSocket(server as never, { isServer: true, key, cert });
    const accepted = acceptClient(tls, { security: ['VNC'], expected: secrets }).then((c) =>
      c.stream.write(encodeServerInit(screen)),
    );
    const options: ConnectOptions = { ...secrets, tls: { mode: 'from-first-byte', verify: 'ca', ca: cert } };
    const upstream = await connectToServer(viewer, { ...options, stopAfterAuthentication: false });
    await accepted;
    expect(upstream.security).toEqual({ name: 'VNC', encrypted: true });
    expect(upstream.serverInit.name).toBe('OpenVNC');
  });

  it('meets a server that knows no TLS newer than 1.0 only when the minimum is lowered', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const attempt = (minVersion?: 'TLSv1') => {
      const { viewer, server } = connection();
      const tls = new TLSSocket(server as never, { isServer: true, key, cert, ...old });
      tls.on('error', () => {});
      acceptClient(tls).catch(() => {});
      const settings = { mode: 'from-first-byte', verify: 'pin', sha256Pin: pin, minVersion } as const;
      return connectToServer(viewer, { tls: settings, stopAfterAuthentication: true });
    };
    expect(await failure(attempt())).toMatchObject({ code: 'TLS_FAILED' });
    const { stream } = await attempt('TLSv1');
    expect((stream as TLSSocket).getProtocol()).toBe('TLSv1');
  });

  it('passes the shared flag on', async () => {
    expect((await meet({}, { shared: false })).client.shared).toBe(false);
  });

  it('stops after authentication for probes and leaves the stream open', async () => {
    const { viewer, server } = connection();
    void acceptClient(server, { security: ['VNC'], expected: secrets }).catch(() => {});
    const probe = await connectToServer(viewer, { ...secrets, stopAfterAuthentication: true });
    expect(probe).toMatchObject({ version: '3.8', banner: 'RFB 003.008', serverSecurityTypes: ['VNC'] });
    expect(probe.stream.destroyed).toBe(false);
    expect(probe).not.toHaveProperty('serverInit');
  });

  it.each([
    ['003.003', '3.3'],
    ['003.006', '3.3'],
    ['003.007', '3.7'],
    ['003.889', '3.8'],
    ['004.000', '3.8'],
    ['004.001', '3.8'],
    ['005.000', '3.8'],
  ])('speaks the right dialect with a server that says %s', async (banner, version) => {
    const types = version === '3.3' ? [0, 0, 0, 1] : [1, 1];
    const verdict = version === '3.8' ? [0, 0, 0, 0] : [];
    const bytes = Buffer.from([...Buffer.from(`RFB ${banner}\n`), ...types, ...verdict]);
    const viewer = scripted(Buffer.concat([bytes, encodeServerInit(screen)]), { n: 1 });
    expect(await connectToServer(viewer)).toMatchObject({ version, banner: `RFB ${banner}` });
  });
});

describe('connectToServer names what is wrong', () => {
  const cases: [string, Buffer | string, string, RegExp, ConnectOptions?][] = [
    ['a repeater', 'RFB 000.000\n', 'VERSION_UNSUPPORTED', /repeater/],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 'NOT_RFB', /53 53 48 2d.*another protocol/],
    ['a TLS alert', Buffer.from([21, 3, 1, 0, 2, 2, 70]), 'NOT_RFB', /15 03 01 00.*TLS from the first byte/],
    ['a garbled banner', 'RFB 3.8.0.0.0', 'NOT_RFB', /does not speak RFB/],
    [
      'refusal in 3.8',
      Buffer.concat([init38([]), reason('Sorry, 2 sessions at most')]),
      'REFUSED_BY_SERVER',
      /2 sessions/,
    ],
    [
      'refusal in 3.3',
      Buffer.concat([Buffer.from('RFB 003.003\n'), Buffer.alloc(4), reason('busy')]),
      'REFUSED_BY_SERVER',
      /busy/,
    ],
    [
      'a lock-out',
      Buffer.concat([init38([]), reason('Too many security failures')]),
      'TOO_MANY_ATTEMPTS',
      /Too many/,
    ],
    [
      'a 4 GiB refusal',
      Buffer.concat([init38([]), Buffer.alloc(4, 0xff)]),
      'LIMIT_EXCEEDED',
      /4294967295 bytes/,
    ],
    ['Tight only', init38([16]), 'NO_COMMON_SECURITY', /offers Tight; allowed are VNC, None/],
    [
      'too many types',
      init38(Array.from({ length: 200 }, (_, i) => i)),
      'LIMIT_EXCEEDED',
      /200/,
      { maxSecurityTypes: 100 },
    ],
    ['a password we lack', init38([2]), 'PASSWORD_REQUIRED', /VNC, which needs a password/],
    ['an invented verdict', Buffer.concat([init38([1]), u32(7)]), 'PROTOCOL_VIOLATION', /SecurityResult 7/],
    [
      'a failure',
      Buffer.concat([init38([1]), u32(1), reason('no\u0007way')]),
      'AUTHENTICATION_FAILED',
      /no way/,
    ],
    [
      'a failure and a 4 GiB reason',
      Buffer.concat([init38([1]), u32(1), u32(0xffffffff)]),
      'AUTHENTICATION_FAILED',
      /withheld/,
    ],
    ['too many attempts', Buffer.concat([init38([1]), u32(2), reason('')]), 'TOO_MANY_ATTEMPTS', /refused/],
    [
      'a wide screen',
      Buffer.concat([init38([1]), u32(0), encodeServerInit({ ...screen, width: 65_535 })]),
      'LIMIT_EXCEEDED',
      /65535x768/,
    ],
    [
      'a 4 GiB name',
      Buffer.concat([init38([1]), u32(0), encodeServerInit(screen).subarray(0, 20), u32(0xffffffff)]),
      'LIMIT_EXCEEDED',
      /4294967295/,
    ],
    [
      'an impossible pixel format',
      Buffer.concat([init38([1]), u32(0), Buffer.alloc(24, 7)]),
      'PROTOCOL_VIOLATION',
      /pixel format/,
    ],
  ];
  it.each(cases)('when it meets %s', async (_what, script, code, text, options = {}) => {
    for (const n of [1, 65_536]) {
      const viewer = scripted(script, { n });
      const error = await failure(connectToServer(viewer, { deadlineMs: 5_000, ...options } as never));
      expect(error).toMatchObject({ name: 'RfbError', code });
      expect(error.message).toMatch(text);
      expect(viewer.destroyed).toBe(true);
    }
  });

  it('hints at TLS from the first byte when a server stays silent', async () => {
    const error = await failure(connectToServer(scripted(''), { deadlineMs: 20 }));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(error.message).toMatch(/protocol version.*from-first-byte/);
  });

  it('times out on a server that trickles for ever', async () => {
    const { viewer, server } = connection();
    server.write(init38([1]));
    server.write(u32(0));
    server.write(encodeServerInit({ ...screen, name: 'x'.repeat(4000) }).subarray(0, 30));
    const timer = setInterval(() => server.write('x'), 5);
    server.on('error', () => {});
    const error = await failure(connectToServer(viewer, { deadlineMs: 60 }));
    clearInterval(timer);
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(error.message).toMatch(/ServerInit/);
  });

  it.each([0, 5, 12, 13, 14, 17, 18, 30])('reports a hang-up after %i bytes', async (n) => {
    const all = Buffer.concat([init38([1]), u32(0), encodeServerInit(screen)]);
    const error = await failure(connectToServer(scripted(all.subarray(0, n), { end: true })));
    expect(['UNEXPECTED_END', 'NOT_RFB']).toContain(error.code);
  });

  it('ends with ABORTED when the caller gives up', async () => {
    const controller = new AbortController();
    const pending = connectToServer(scripted(''), { signal: controller.signal });
    controller.abort();
    expect(await failure(pending)).toMatchObject({ code: 'ABORTED' });
  });

  it('never fails with anything but an RfbError, whatever a server says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...['', 'RFB 003.003\n', 'RFB 003.007\n', 'RFB 003.008\n']),
        fc.uint8Array({ maxLength: 60 }),
        async (banner, noise) => {
          const viewer = scripted(Buffer.concat([Buffer.from(banner), noise]), { end: true });
          const result = await connectToServer(viewer, {
            ...secrets,
            tls: trusted,
            allowedSecurity: SECURITY_NAMES,
          }).catch((error) => error);
          if (result instanceof Error) expect(result.name).toBe('RfbError');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('connectToServer and trust', () => {
  it('refuses wrong credentials with every type and never repeats them', async () => {
    for (const name of ['VNC', 'TLSVnc', 'X509Vnc', 'X509Plain', 'Plain'] as const) {
      const wrong = { password: 'not-this', username: 'operator', allowedSecurity: [name], tls: trusted };
      const { viewer, server } = connection();
      const refused = failure(
        acceptClient(server, { security: [name], expected: secrets, tls: { key, cert } }),
      );
      const error = await failure(connectToServer(viewer, wrong));
      expect(error).toMatchObject({
        code: 'AUTHENTICATION_FAILED',
        details: { reason: 'Authentication failed' },
      });
      expect(error.message).not.toContain('not-this');
      expect(await refused).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    }
  });

  it('blots out a password that the server repeats', async () => {
    const subtype = byteWriter()
      .bytes(init38([19]))
      .u16(2)
      .u8(0)
      .u8(1)
      .u32(256)
      .toBuffer();
    const viewer = scripted(Buffer.concat([subtype, u32(1), reason('hunter22 is wrong')]));
    const error = await failure(connectToServer(viewer, { ...secrets, allowedSecurity: ['Plain'] }));
    expect(error.message).toMatch(/\*\*\* is wrong/);
  });

  const x509: SecurityName[] = ['X509None'];
  const trust: [string, ConnectOptions['tls'], RegExp][] = [
    ['another pin', { mode: 'vencrypt', verify: 'pin', sha256Pin: 'ab'.repeat(32) }, /not the pinned one/],
    [
      'the system authorities',
      { mode: 'vencrypt', verify: 'system', servername: 'console.test' },
      /not trusted/,
    ],
    ['another authority', { mode: 'vencrypt', verify: 'ca', ca: selfSigned('other').cert }, /not trusted/],
    [
      'another name',
      { mode: 'vencrypt', verify: 'ca', ca: cert, servername: 'bmc.test' },
      /is for "console\.test", "127\.0\.0\.1", not for "bmc\.test"/,
    ],
  ];
  it.each(trust)('says which certificate was shown when it does not match %s', async (_what, tls, text) => {
    const { viewer, server } = connection();
    void acceptClient(server, { security: x509, tls: { key, cert } }).catch(() => {});
    const error = await failure(connectToServer(viewer, { tls }));
    const fingerprint = pin.replaceAll(':', '').toLowerCase();
    expect(error).toMatchObject({ code: 'CERTIFICATE_MISMATCH', details: { fingerprint } });
    expect(error.message).toMatch(text);
  });

  it.each<[string, ConnectOptions['tls']]>([
    ['its authority', { mode: 'vencrypt', verify: 'ca', ca: cert }],
    ['its authority and DNS name', { mode: 'vencrypt', verify: 'ca', ca: cert, servername: 'console.test' }],
    ['its authority and address', { mode: 'vencrypt', verify: 'ca', ca: cert, servername: '127.0.0.1' }],
    ['nothing, when asked for', { mode: 'vencrypt', verify: 'none' }],
  ])('accepts a certificate by %s', async (_what, tls) => {
    expect((await meet({ security: x509 }, { tls })).upstream.security.encrypted).toBe(true);
  });

  it('shows a client certificate where one is asked for', async () => {
    const mine = selfSigned('viewer.test');
    const accept: AcceptOptions = { security: x509, tls: { key, cert, clientCa: mine.cert } };
    const { upstream } = await meet(accept, { tls: { ...trusted, clientCert: mine } });
    expect(upstream.security.name).toBe('X509None');
    const { viewer, server } = connection();
    const refused = failure(acceptClient(server, accept));
    await failure(connectToServer(viewer, { tls: trusted }));
    expect(await refused).toMatchObject({ code: 'CERTIFICATE_MISMATCH' });
  });

  it('is not talked down from VeNCrypt to clear text', async () => {
    const error = await failure(connectToServer(scripted(init38([1, 2])), { ...secrets, tls: trusted }));
    expect(error).toMatchObject({ code: 'NO_COMMON_SECURITY' });
  });

  it('does not send a plain password over a clear stream unless told to', async () => {
    const viewer = scripted(
      byteWriter()
        .bytes(init38([19]))
        .u16(2)
        .u8(0)
        .u8(1)
        .u32(256)
        .toBuffer(),
    );
    expect(await failure(connectToServer(viewer, secrets))).toMatchObject({ code: 'NO_COMMON_SECURITY' });
  });

  it('names a plain server where TLS from the first byte was expected', async () => {
    const tls: ConnectOptions['tls'] = { mode: 'from-first-byte', verify: 'none' };
    const error = await failure(connectToServer(scripted('RFB 003.008\n'), { tls }));
    expect(error).toMatchObject({ code: 'TLS_FAILED' });
    expect(error.message).toMatch(/does not speak TLS/);
  });

  it('times out in a TLS handshake that never answers', async () => {
    const tls: ConnectOptions['tls'] = { mode: 'from-first-byte', verify: 'none' };
    expect(await failure(connectToServer(scripted(''), { tls, deadlineMs: 30 }))).toMatchObject({
      code: 'TIMEOUT',
    });
  });
});

function u32(value: number): Buffer {
  return byteWriter().u32(value).toBuffer();
}

function reason(text: string): Buffer {
  return byteWriter().u32(Buffer.byteLength(text)).text(text).toBuffer();
}
