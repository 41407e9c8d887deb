import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import { selfSigned } from '@consolemesh/bytes/testing';
import { DriverServiceDefinition } from '@consolemesh/contracts/driver';
import { ConsoleKind, EndpointKind, TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { connect, plaintext, silentLogger } from '@consolemesh/mesh';
import type { SecurityName } from '@consolemesh/rfb';
import { describe, expect, it } from 'vitest';
import { endpointOf } from './endpoint-of.ts';
import { startVncDriver } from './index.ts';
import { startVncServer } from './testing/start-vnc-server.ts';

const { key, cert } = selfSigned();
const pin = new X509Certificate(cert).fingerprint256;
const password = 'hunter22';

async function world(options: Parameters<typeof startVncServer>[0] = {}) {
  const server = await startVncServer(options);
  const driver = await startVncDriver({ trust: plaintext, logger: silentLogger });
  const connection = connect(driver.target, { trust: plaintext });
  const client = connection.client(DriverServiceDefinition);
  const node = (info: Record<string, string> = {}, secrets: Record<string, string> = {}) => ({
    nodeId: 'n',
    nodeName: 'n',
    driverInfo: { vnc_address: '127.0.0.1', vnc_port: String(server.port), ...info },
    driverSecrets: secrets,
  });
  const validate = async (info: Record<string, string> = {}, secrets: Record<string, string> = {}) => {
    const { violations } = await client.validateNode({ node: node(info, secrets), checkReachability: true });
    return violations.map(({ field, reason, message }) => ({ field, reason, message }));
  };
  return {
    server,
    client,
    node,
    validate,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await driver[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const withPassword = { security: ['VNC'] as const, expected: { password } };

describe('the options of a node', () => {
  it('are checked all at once, and each mistake says what is expected', async () => {
    await using test = await world();
    const wrong = {
      vnc_address: '[::1]',
      vnc_port: '0',
      vnc_security: 'x509-plian',
      vnc_verify: 'pin',
      vnc_ca: '/etc/ca.pem',
      vnc_passwort: 'x',
    };
    const violations = await test.validate(wrong, { password: 'hunter22' });
    expect(violations.map(({ field, reason }) => [field, reason])).toEqual([
      ['driver_info.vnc_address', 'FIELD_INVALID'],
      ['driver_info.vnc_port', 'FIELD_INVALID'],
      ['driver_info.vnc_ca', 'FIELD_INVALID'],
      ['driver_info.vnc_passwort', 'FIELD_UNKNOWN'],
      ['driver_secrets.password', 'FIELD_UNKNOWN'],
      ['driver_info.vnc_security', 'FIELD_INVALID'],
      ['driver_info.vnc_pin', 'FIELD_REQUIRED'],
    ]);
    const messages = violations.map(({ message }) => message).join('\n');
    expect(messages).toContain('an IPv6 address without brackets');
    expect(messages).toContain('the text itself, not a path');
    expect(messages).not.toContain('hunter22');
  });

  it.each([
    ['x509-plain', ['driver_info.vnc_username', 'driver_secrets.vnc_password']],
    ['vnc', ['driver_secrets.vnc_password']],
    ['any', []],
  ])('%s asks for what it needs', async (vnc_security, fields) => {
    await using test = await world();
    const violations = await test.validate({ vnc_security });
    expect(violations.map(({ field }) => field)).toEqual(fields);
  });

  it.each(['10.0.0.5', 'bmc-17.example.net', 'fe80::1%eth0', '::1', 'localhost'])(
    '%s is an address',
    async (vnc_address) => {
      await using test = await world();
      const { violations } = await test.client.validateNode({ node: test.node({ vnc_address }) });
      expect(violations).toEqual([]);
    },
  );
});

describe('a look at the machine', () => {
  it('finds a good server good, by one connection that opens no session', async () => {
    await using test = await world({ accept: withPassword });
    expect(await test.validate({}, { vnc_password: password })).toEqual([]);
    expect(test.server.connections()).toBe(1);
    expect(test.server.viewers()).toBe(0);
  });

  it('says at which option the mistake lies', async () => {
    await using test = await world({ accept: withPassword });
    const free = await unusedPort();
    const found = async (...args: Parameters<typeof test.validate>) => {
      const [violation] = await test.validate(...args);
      return [violation?.field, violation?.reason];
    };
    expect(await found({ vnc_address: 'no-such-host.invalid' })).toEqual([
      'driver_info.vnc_address',
      'BMC_NAME_NOT_FOUND',
    ]);
    expect(await found({ vnc_port: String(free) })).toEqual(['driver_info.vnc_port', 'BMC_REFUSED']);
    expect(await found({}, {})).toEqual(['driver_secrets.vnc_password', 'BMC_PASSWORD_REQUIRED']);
    expect(await found({}, { vnc_password: 'wrong' })).toEqual([
      'driver_secrets.vnc_password',
      'BMC_AUTHENTICATION_FAILED',
    ]);
    expect(await found({ vnc_security: 'none' })).toEqual([
      'driver_info.vnc_security',
      'BMC_SECURITY_UNSUPPORTED',
    ]);
  });

  it('tells a server that wants TLS first, and a certificate that is not trusted, from each other', async () => {
    await using test = await world({ accept: withPassword, tls: { key, cert } });
    const secrets = { vnc_password: password };
    const [untrusted] = await test.validate({ vnc_security: 'tls' }, secrets);
    expect(untrusted).toMatchObject({ field: 'driver_info.vnc_verify', reason: 'BMC_CERTIFICATE_REFUSED' });
    expect(untrusted?.message).toContain(pin.replaceAll(':', '').toLowerCase());
    expect(await test.validate({ vnc_security: 'tls', vnc_pin: pin }, secrets)).toEqual([]);
    expect(await test.validate({ vnc_security: 'tls', vnc_ca: cert }, secrets)).toEqual([]);
    expect(await test.validate({ vnc_security: 'tls', vnc_verify: 'none' }, secrets)).toEqual([]);
  });

  const types: [string, SecurityName][] = [
    ['none', 'None'],
    ['vnc', 'VNC'],
    ['tls-none', 'TLSNone'],
    ['tls-vnc', 'TLSVnc'],
    ['tls-plain', 'TLSPlain'],
    ['x509-none', 'X509None'],
    ['x509-vnc', 'X509Vnc'],
    ['x509-plain', 'X509Plain'],
  ];
  it.each(types)('speaks %s', async (vnc_security, name) => {
    const accept = { security: [name], expected: { username: 'root', password }, tls: { key, cert } };
    await using test = await world({ accept });
    const options = { vnc_security, vnc_pin: pin, vnc_username: 'root' };
    expect(await test.validate(options, { vnc_password: password })).toEqual([]);
  });
});

describe('a started console', () => {
  it('carries what a proxy needs: TLS, pin, password, types, sharing', async () => {
    await using test = await world({ accept: withPassword, tls: { key, cert } });
    const node = test.node(
      { vnc_security: 'tls,vnc', vnc_pin: pin, vnc_max_sessions: '2' },
      { vnc_password: password },
    );
    const { endpoints } = await test.client.startConsole({
      context: { key: { consoleId: 'c', generation: 1n }, kind: ConsoleKind.GRAPHICAL, fence: 1n, node },
      acceptable: [EndpointKind.TCP],
      attachKey: Buffer.alloc(32),
    });
    expect(endpoints).toMatchObject([
      {
        maxSessions: 2,
        rfb: { forceShared: true, allowedSecurityTypes: [2] },
        transport: {
          $case: 'tcp',
          value: {
            host: '127.0.0.1',
            port: test.server.port,
            password,
            tls: {
              mode: TlsMode.FROM_FIRST_BYTE,
              verification: TlsVerification.PIN,
              sha256Pin: pin.replaceAll(':', '').toLowerCase(),
              serverName: '127.0.0.1',
              minimumVersion: 'TLSv1.2',
            },
          },
        },
      },
    ]);
  });
});

it.each([
  ['tls-vnc', 'none'],
  ['tls-none,vnc', 'none'],
  ['tls-vnc,x509-vnc', 'system'],
  ['any', 'system'],
])('says of %s how the server is verified: %s', (vnc_security, verify) => {
  const info = { vnc_address: 'h', vnc_port: 1, vnc_tls_minimum: 'TLSv1.2', vnc_max_sessions: 1 } as const;
  expect(
    endpointOf({ id: 'n', name: 'n', info: { ...info, vnc_security }, secrets: {} }).address.tls?.verify,
  ).toBe(verify);
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
