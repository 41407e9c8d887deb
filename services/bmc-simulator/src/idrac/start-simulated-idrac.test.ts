import { X509Certificate } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../testing.ts';
import { findFreePort } from './find-free-port.ts';
import { makeCertificate } from './make-certificate.ts';
import { startSimulatedIdrac } from './start-simulated-idrac.ts';
import { ask, cardSelectors, invoke, patch, setVnc } from './testing.ts';

const start = (options: Partial<Parameters<typeof startSimulatedIdrac>[0]> = {}) =>
  startSimulatedIdrac({ name: 'node-01', stage: 'console', ...options });

const port = ({ attributes }: { attributes: { current(name: string): string | undefined } }) =>
  Number(attributes.current('VNCServer.1#Port'));

describe('startSimulatedIdrac', () => {
  it('says the port of a VNC server that does not listen yet, and listens there once it is enabled', async () => {
    await using idrac = await start();
    expect(idrac.vnc.port).toBeUndefined();
    expect(port(idrac)).toBeGreaterThanOrEqual(1024);
    await setVnc(idrac, { Enable: 'Enabled', Password: 'Abcdef12' });
    expect(idrac.vnc.port).toBe(port(idrac));
    await patch(idrac, { 'VNCServer.1.Enable': 'Disabled' });
    expect(idrac.vnc.port).toBeUndefined();
  });

  it('moves the VNC server where the attribute says', async () => {
    await using idrac = await start({ attributes: { 'VNCServer.1#Enable': 'Enabled' } });
    const before = idrac.vnc.port;
    const next = await findFreePort('127.0.0.1');
    await patch(idrac, { 'VNCServer.1.Port': next });
    expect([before === next, idrac.vnc.port]).toEqual([false, next]);
  });

  it('answers a write whose port is taken, and says what is wrong', async () => {
    const problems: string[] = [];
    const other = createServer();
    const taken = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as AddressInfo).port));
    });
    await using idrac = await start({
      vncPort: taken,
      onProblem: (text) => void problems.push(text),
    });
    expect(await setVnc(idrac, { Enable: 'Enabled' })).toMatchObject({ ReturnValue: '0' });
    expect(problems).toEqual([expect.stringMatching(/EADDRINUSE/)]);
    await new Promise((resolve) => other.close(resolve));
  });

  it('puts the VNC server behind TLS when the attribute says so, with the certificate of the other faces', async () => {
    await using idrac = await start();
    await setVnc(idrac, { Enable: 'Enabled', SSLEncryptionBitLength: 'Auto Negotiate' });
    const { host } = idrac.https;
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const connection = connect({ host, port: port(idrac), ca: idrac.certificate });
      connection.once('secureConnect', () => resolve(connection));
      connection.once('error', reject);
    });
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  it('lets a test end things before a write is done and after', async () => {
    const points: string[] = [];
    await using idrac = await start({
      hooks: {
        beforeWrite: () => void points.push(`before ${idrac.vnc.port !== undefined}`),
        afterWrite: () => {
          points.push(`after ${idrac.vnc.port !== undefined}`);
          idrac.dropClients();
        },
      },
    });
    await expect(setVnc(idrac, { Enable: 'Enabled' })).rejects.toThrow();
    expect(points).toEqual(['before false', 'after true']);
  });

  it('is away for a while after a reset and has forgotten its sessions then, not its attributes', async () => {
    const clock = manualClock();
    await using idrac = await start({ clock, resetMs: 60_000 });
    await setVnc(idrac, { Timeout: '900' });
    const path = '/redfish/v1/SessionService/Sessions';
    const body = JSON.stringify({ UserName: 'root', Password: 'calvin' });
    await ask(idrac, { method: 'POST', path, body, as: null });
    expect(idrac.redfishSessions).toBe(1);
    const reset = ['DCIM_iDRACCardService', 'iDRACReset', cardSelectors] as const;
    expect(await invoke(idrac, reset, [['Force', '2']])).toMatchObject({ MessageID: 'RAC004' });
    expect(await invoke(idrac, reset, [['Force', '1']])).toMatchObject({ MessageID: 'RAC064' });
    await expect(ask(idrac, { path: '/redfish/v1' })).rejects.toThrow();
    clock.advance(60_000);
    expect((await ask(idrac, { path: '/redfish/v1' })).status).toBe(200);
    expect([idrac.redfishSessions, idrac.attributes.current('VNCServer.1#Timeout')]).toEqual([0, '900']);
  });

  it('refuses first values of attributes that there are not', async () => {
    await expect(start({ attributes: { 'VNCServer.1#Prot': '1' } })).rejects.toThrow(
      /no attribute VNCServer.1#Prot/,
    );
    await expect(start({ misbehave: { renamed: { from: 'A.1#b', to: 'c' } } })).rejects.toThrow(
      /no attribute A.1#b/,
    );
  });

  it('says which address is taken when it cannot start, and leaves nothing running', async () => {
    await using idrac = await start();
    await expect(start({ httpsPort: idrac.https.port, vncPort: port(idrac) })).rejects.toThrow(/EADDRINUSE/);
    await setVnc(idrac, { Enable: 'Enabled' });
    expect(idrac.vnc.port).toBe(port(idrac));
  });

  it('speaks old TLS when told, to those who still do', async () => {
    await using idrac = await start({ tls: { ...makeCertificate(['127.0.0.1']), maxVersion: 'TLSv1.1' } });
    const { host, port: https } = idrac.https;
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const version = await new Promise((resolve, reject) => {
      const socket = connect({ host, port: https, ca: idrac.certificate, ...old });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
    });
    expect(version).toBe('TLSv1.1');
    await expect(ask(idrac, { path: '/redfish/v1' })).rejects.toThrow();
  });
});

describe('makeCertificate', () => {
  it.each([['127.0.0.1'], ['idrac.test'], [`${'long.'.repeat(40)}test`]])(
    'makes one that is good for %s',
    (name) => {
      const { cert, key } = makeCertificate([name, 'other.test']);
      const certificate = new X509Certificate(cert);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.checkHost('other.test')).toBe('other.test');
      expect(name.startsWith('127') ? certificate.checkIP(name) : certificate.checkHost(name)).toBe(name);
      expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
      expect(key).toContain('PRIVATE KEY');
    },
  );
});
