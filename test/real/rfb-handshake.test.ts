import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { TLSSocket } from 'node:tls';
import { selfSigned } from '@consolemesh/bytes/testing';
import { type ConnectOptions, connectToServer, type RfbUpstream, type SecurityName } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { type RealVncServer, startQemu, startTiger, startX11vnc } from '../harness/vnc-servers.ts';

const x509 = selfSigned();
const pin = new X509Certificate(x509.cert).fingerprint256;
const password = 'Kx4-zz9q';
const tls: ConnectOptions['tls'] = { mode: 'vencrypt', verify: 'pin', sha256Pin: pin };

function open(server: RealVncServer, options: ConnectOptions = {}): Promise<RfbUpstream> {
  const socket = connect(server.port, server.host);
  return connectToServer(socket, { ...options, stopAfterAuthentication: false });
}

/** One full update request: proves that the stream stands where it should, also inside TLS. */
async function firstUpdate({ stream, serverInit }: RfbUpstream): Promise<Buffer> {
  const request = Buffer.alloc(10);
  request[0] = 3;
  request.writeUInt16BE(serverInit.width, 6);
  request.writeUInt16BE(serverInit.height, 8);
  const data = new Promise<Buffer>((resolve) => stream.once('data', resolve));
  stream.write(request);
  const update = await data;
  stream.destroy();
  return update;
}

describe('connectToServer and TigerVNC', () => {
  const types: [string, SecurityName, boolean][] = [
    ['None', 'None', false],
    ['VncAuth', 'VNC', false],
    ['TLSNone', 'TLSNone', true],
    ['TLSVnc', 'TLSVnc', true],
    ['X509None', 'X509None', true],
    ['X509Vnc', 'X509Vnc', true],
  ];
  it.each(types)('agree on %s', async (securityTypes, name, encrypted) => {
    await using server = await startTiger({ securityTypes, password, x509 });
    const upstream = await open(server, { password, ...(encrypted && { tls }) });
    expect(upstream).toMatchObject({ version: '3.8', security: { name, encrypted } });
    expect(upstream.serverInit).toMatchObject({ width: 320, height: 200, name: 'tiger' });
    expect(upstream.stream instanceof TLSSocket).toBe(encrypted);
    expect([...(await firstUpdate(upstream)).subarray(0, 1)]).toEqual([0]);
  });

  it('choose the strongest type of many', async () => {
    await using server = await startTiger({
      securityTypes: 'None,VncAuth,TLSNone,TLSVnc,X509None,X509Vnc',
      password,
      x509,
    });
    const all = await open(server, { password, tls });
    expect(all.security.name).toBe('X509Vnc');
    expect([...all.serverSecurityTypes].sort()).toEqual(['None', 'VNC', 'VeNCrypt']);
    all.stream.destroy();
    const anonymous = await open(server, { password, tls, allowedSecurity: ['TLSVnc', 'None'] });
    expect(anonymous.security.name).toBe('TLSVnc');
    anonymous.stream.destroy();
  });

  it.each(['3.3', '3.7'] as const)('speak %s when we ask for it', async (maxVersion) => {
    await using server = await startTiger({ securityTypes: 'VncAuth', password });
    const upstream = await open(server, { password, maxVersion });
    expect(upstream.version).toBe(maxVersion);
    expect((await firstUpdate(upstream))[0]).toBe(0);
  });

  it('say why a wrong password is refused, and when we are locked out', async () => {
    await using server = await startTiger({ securityTypes: 'VncAuth', password, blacklistThreshold: 3 });
    const codes = new Set<string>();
    for (let i = 0; i < 6; i++) {
      const error = await open(server, { password: 'wrong' }).catch((e) => e);
      codes.add(error.code);
      if (error.code === 'AUTHENTICATION_FAILED')
        expect(error.message).toMatch(/Authentication failure|failed/i);
    }
    expect([...codes]).toEqual(['AUTHENTICATION_FAILED', 'TOO_MANY_ATTEMPTS']);
  });

  it('stop at a certificate that is not the pinned one', async () => {
    await using server = await startTiger({ securityTypes: 'X509None', x509 });
    const other = { mode: 'vencrypt', verify: 'pin', sha256Pin: '00'.repeat(32) } as const;
    await expect(open(server, { tls: other })).rejects.toMatchObject({ code: 'CERTIFICATE_MISMATCH' });
    const trusted = { mode: 'vencrypt', verify: 'ca', ca: x509.cert, servername: '127.0.0.1' } as const;
    (await open(server, { tls: trusted })).stream.destroy();
  });
});

describe('connectToServer and x11vnc', () => {
  it.each([undefined, password])('agree with password %j', async (secret) => {
    await using server = await startX11vnc(secret === undefined ? {} : { password: secret });
    const upstream = await open(server, { password: secret });
    expect(upstream.security.name).toBe(secret === undefined ? 'None' : 'VNC');
    expect((await firstUpdate(upstream))[0]).toBe(0);
  });

  it.each([
    ['3.3', '3.3'],
    ['3.7', '3.7'],
    ['3.6', '3.3'],
  ])('agree when it announces %s', async (rfbVersion, version) => {
    await using server = await startX11vnc({ rfbVersion, password });
    const upstream = await open(server, { password });
    expect(upstream).toMatchObject({ version, security: { name: 'VNC' } });
    expect((await firstUpdate(upstream))[0]).toBe(0);
  });

  it('fail on a wrong password', async () => {
    await using server = await startX11vnc({ password });
    await expect(open(server, { password: 'wrong' })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    });
  });
});

describe('connectToServer and QEMU', () => {
  const cases: [string, Parameters<typeof startQemu>[0], SecurityName][] = [
    ['no protection', {}, 'None'],
    ['a password', { password }, 'VNC'],
    ['a certificate', { x509 }, 'X509None'],
    ['a certificate and a password', { x509, password }, 'X509Vnc'],
    ['anonymous TLS', { anonymousTls: true }, 'TLSNone'],
    ['anonymous TLS and a password', { anonymousTls: true, password }, 'TLSVnc'],
  ];
  it.each(cases)('agree on %s', async (_what, options, name) => {
    await using server = await startQemu(options);
    const secure = name !== 'None' && name !== 'VNC';
    const upstream = await open(server, { password, ...(secure && { tls }) });
    expect(upstream.security.name).toBe(name);
    expect(upstream.serverInit.name).toMatch(/QEMU/);
    expect((await firstUpdate(upstream))[0]).toBe(0);
  });
});
